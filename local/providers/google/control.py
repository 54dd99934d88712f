"""The control routes of Google: make and share spreadsheets, read and spoil a tab, expire the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from local.providers.google.state import PART, GoogleState, Sheet, Spreadsheet, Tokens, new_spreadsheet_id
from local.providers.world import TOKENS

if TYPE_CHECKING:
    from local.providers.world import World


class NewSpreadsheet(BaseModel):
    """A spreadsheet made by hand, and what the service account may do with it."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    title: str = "Tickets"
    locale: str = "es_ES"
    share: Literal["editor", "reader", "none"] = "editor"
    sheets: dict[str, list[list[Any]]] = Field(default={"Hoja 1": []}, description="Rows by tab title.")


class Sharing(BaseModel):
    """What the service account may do from now on."""

    share: Literal["owner", "editor", "reader", "none"]


class Edit(BaseModel):
    """A person's edit of a tab: all of its rows."""

    rows: list[list[Any]]


def router(world: World) -> APIRouter:
    """Routes under ``/_sandbox/google``."""
    routes = APIRouter(prefix="/_sandbox/google")
    _spreadsheet_routes(routes, world)
    _tab_routes(routes, world)
    return routes


def _state(world: World) -> GoogleState:
    return world.store.part(PART, GoogleState)


def _book(world: World, spreadsheet_id: str) -> Spreadsheet:
    if spreadsheet_id not in _state(world).spreadsheets:
        raise HTTPException(404, f"No spreadsheet {spreadsheet_id}.")
    return _state(world).spreadsheets[spreadsheet_id]


def _spreadsheet_routes(routes: APIRouter, world: World) -> None:
    @routes.post("/spreadsheets")
    async def create(new: NewSpreadsheet) -> dict[str, str]:
        sheets = [
            Sheet(sheet_id=index, title=title, rows=rows) for index, (title, rows) in enumerate(new.sheets.items())
        ]
        made = Spreadsheet(
            id=new.id or new_spreadsheet_id(), title=new.title, locale=new.locale, share=new.share, sheets=sheets
        )
        _state(world).spreadsheets[made.id] = made
        world.store.touch(PART)
        return {"id": made.id}

    @routes.delete("/spreadsheets/{spreadsheet_id}")
    async def remove(spreadsheet_id: str) -> dict[str, bool]:
        world.store.touch(PART)
        return {"removed": _state(world).spreadsheets.pop(spreadsheet_id, None) is not None}

    @routes.post("/spreadsheets/{spreadsheet_id}/share")
    async def share(spreadsheet_id: str, sharing: Sharing) -> Sharing:
        _book(world, spreadsheet_id).share = sharing.share
        world.store.touch(PART)
        return sharing


def _tab_routes(routes: APIRouter, world: World) -> None:
    @routes.get("/spreadsheets/{spreadsheet_id}/{title}")
    async def rows(spreadsheet_id: str, title: str) -> list[list[Any]]:
        found = _book(world, spreadsheet_id)
        if title not in found.titles():
            raise HTTPException(404, f"No tab {title}.")
        sheet = found.sheet(title)
        return sheet.rows[: sheet.last_row()]

    @routes.put("/spreadsheets/{spreadsheet_id}/{title}")
    async def edit(spreadsheet_id: str, title: str, change: Edit) -> dict[str, int]:
        found = _book(world, spreadsheet_id)
        if title not in found.titles():
            found.sheets.append(Sheet(sheet_id=len(found.sheets) + 1000, title=title))
        found.sheet(title).rows = change.rows
        world.store.touch(PART)
        return {"rows": len(change.rows)}

    @routes.post("/expire-tokens")
    async def expire() -> dict[str, int]:
        tokens = world.store.part(TOKENS, Tokens).by_value
        count = len(tokens)
        tokens.clear()
        world.store.touch(TOKENS)
        return {"expired": count}


def fresh(spreadsheet_id: str) -> GoogleState:
    """The part as it starts: one empty spreadsheet, shared with the service account."""
    return GoogleState(spreadsheets={spreadsheet_id: Spreadsheet(id=spreadsheet_id, title="Tickets")})
