"""Drive v3: listing, creating and looking at spreadsheets, as gspread asks for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.providers.google.errors import bad
from local.providers.google.state import GoogleState, Spreadsheet, new_spreadsheet_id

if TYPE_CHECKING:
    from fastapi import Request

SCOPES = ("https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/drive.file")
SPREADSHEET = "application/vnd.google-apps.spreadsheet"

_NAME = re.compile(r"name\s*=\s*(['\"])((?:\\.|(?!\1).)*)\1")
_PARENT = re.compile(r"parents in (['\"])(.*?)\1")


def list_files(state: GoogleState, request: Request) -> dict[str, Any]:
    """Spreadsheets by name and folder, those that the service account may see."""
    query = request.query_params.get("q", "")
    name, parent = _NAME.search(query), _PARENT.search(query)
    found = [
        resource(book)
        for book in state.spreadsheets.values()
        if book.share != "none"
        and (name is None or book.title == re.sub(r"\\(.)", r"\1", name[2]))
        and (parent is None or parent[2] in book.parents)
    ]
    return {"kind": "drive#fileList", "incompleteSearch": False, "files": found}


def new_file(body: dict[str, Any]) -> Spreadsheet:
    """A new spreadsheet that the service account owns."""
    if body.get("mimeType") != SPREADSHEET:
        raise bad(f"The sandbox creates spreadsheets only, not {body.get('mimeType')}.")
    return Spreadsheet(
        id=new_spreadsheet_id(), title=body.get("name", "Sin título"), share="owner", parents=body.get("parents", [])
    )


def resource(book: Spreadsheet) -> dict[str, Any]:
    """A spreadsheet as Drive describes it."""
    return {
        "kind": "drive#file",
        "id": book.id,
        "name": book.title,
        "mimeType": SPREADSHEET,
        "createdTime": "2026-01-01T00:00:00.000Z",
        "modifiedTime": "2026-01-01T00:00:00.000Z",
    }
