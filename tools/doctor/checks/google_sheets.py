"""Google Sheets: key, token, spreadsheet, tab, and whether the service account may edit.

The right to edit is tried without editing: an update of a tab that does not exist is refused, by "no such tab" for
whoever may edit, by 403 for whoever may only read. Google applies such a request as a whole or not at all.
Source: Google, "spreadsheets.batchUpdate": each request is validated before any is applied.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any, Final

from adapters.sheets import errors as google
from kit.errors import ConfigurationError, InvalidRequestError, InvalidResponseError, PermissionDeniedError
from tools.doctor import trouble
from tools.doctor.model import Finding, absent, attention, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.sheets.gateway import Gateway
    from tools.doctor.surroundings import Surroundings

NAME = "google-sheets"
TITLE = "Google Sheets"
_FIELDS: Final = "properties.title,sheets.properties(sheetId,title)"
_NO_SUCH_TAB: Final = re.compile(r"No (?:sheet|grid) with id")
_KEY = "Create a new key (JSON) for the service account and put the file into secrets/GOOGLE_SERVICE_ACCOUNT."
_SHARE_PAGE = "setup/google-sheets.md#not-shared"
ADVICE: Mapping[str, Advice] = {
    "google_key": Advice(
        "GOOGLE_SERVICE_ACCOUNT is not the key file of a service account: {error}", _KEY, "setup/google-sheets.md#key"
    ),
    "google_clock": Advice(
        "This machine's clock is wrong: Google refuses a request that is signed for another time.",
        "Set the clock and let it be kept right by NTP (timedatectl set-ntp true).",
        "setup/google-sheets.md#clock",
    ),
    "google_credentials": Advice(
        "Google does not accept the key: it was deleted, disabled, or is of another account. {error}",
        _KEY,
        "setup/google-sheets.md#key-refused",
    ),
    Trouble.AUTHENTICATION: Advice("Google does not accept the key.", _KEY, "setup/google-sheets.md#key-refused"),
    "sheets_api_disabled": Advice(
        "The Google Sheets API is not enabled in the service account's project.",
        "Enable it: Google Cloud console, APIs & Services, Library, Google Sheets API.",
        "setup/google-sheets.md#api-disabled",
    ),
    "sheet_missing": Advice(
        "Google knows no such spreadsheet.",
        "Set OPSFLOWS_SHEET_ID to the long id between /d/ and /edit in the sheet's address.",
        "setup/google-sheets.md#sheet-id",
    ),
    Trouble.PERMISSION: Advice(
        "The sheet is not shared with the service account.",
        "{action}",
        _SHARE_PAGE,
    ),
    "sheet_quota": Advice(
        "The quota of this minute is used up: 60 reads and 60 writes for a service account.",
        "Wait a minute and run it again.",
        "setup/google-sheets.md#costs-and-limits",
        trouble.GENERAL[Trouble.LIMITED].state,
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Read the key, exchange it for a token, open the sheet, then try the right to edit."""
    raw, sheet_id = where.secret("GOOGLE_SERVICE_ACCOUNT"), where.settings.sheet_id
    if not raw:
        text = "GOOGLE_SERVICE_ACCOUNT is not set: receipts are read, but no row is written."
        yield absent("key", text, "Create a service account and its key.", "setup/google-sheets.md")
        return
    account = _account(raw)
    email = str(account.get("client_email"))
    gateway = _gateway(where, account)
    if not sheet_id:
        text = "A service account is set, but OPSFLOWS_SHEET_ID is not."
        action = "Set it to the long id between /d/ and /edit in the sheet's address."
        yield wrong("sheet", text, action, "setup/google-sheets.md#sheet-id")
        return
    about = gateway.fetch_sheet_metadata(sheet_id, params={"includeGridData": "false", "fields": _FIELDS})
    yield ok("key", f"Google accepts the key of {email}.")
    yield from _sheet(about, where.settings.sheet_name)
    yield _right(gateway, sheet_id, about, email)


def _account(raw: str) -> dict[str, Any]:
    try:
        account = json.loads(raw)
    except ValueError:
        account = None
    if not isinstance(account, dict) or not {"client_email", "private_key", "token_uri"} <= account.keys():
        text = "it is no JSON object with client_email, private_key and token_uri."
        raise ConfigurationError(text, code="google_key", provider=google.PROVIDER)
    return account


def _gateway(where: Surroundings, account: Mapping[str, Any]) -> Gateway:
    from adapters.sheets.gateway import Gateway  # gspread and google-auth cost 0.2 s

    return Gateway(where.settings, account, where.policy(), None)


def _sheet(about: Mapping[str, Any], tab: str) -> Iterator[Finding]:
    title = (about.get("properties") or {}).get("title")
    if not title:
        raise InvalidResponseError("the answer names no spreadsheet.", provider=google.PROVIDER)
    if tab in _tabs(about):
        yield ok("sheet", f"The sheet “{title}” has the tab {tab}.")
    else:
        yield ok("sheet", f"The sheet “{title}” opens; its tab {tab} is made with the first row.")


def _tabs(about: Mapping[str, Any]) -> dict[str, int]:
    found = [sheet.get("properties") or {} for sheet in about.get("sheets") or () if isinstance(sheet, dict)]
    return {str(sheet.get("title")): int(sheet.get("sheetId") or 0) for sheet in found}


def _right(gateway: Gateway, sheet_id: str, about: Mapping[str, Any], email: str) -> Finding:
    taken = set(_tabs(about).values())
    nowhere = next(number for number in itertools.count(1) if number not in taken)
    properties = {"sheetId": nowhere, "hidden": False}
    request = {"updateSheetProperties": {"properties": properties, "fields": "hidden"}}
    try:
        gateway.batch_update(sheet_id, {"requests": [request]})
    except InvalidRequestError as error:
        if _NO_SUCH_TAB.search(error.message):
            return ok("right", "The service account may edit it.")
    except PermissionDeniedError as error:
        if error.code != "sheet_not_shared":
            return trouble.finding(error, TITLE, ADVICE)
        action = f"Share it with {email} as Editor."
        return wrong("right", "The service account may read the sheet, but not edit it.", action, _SHARE_PAGE)
    text = "Google neither allowed nor refused the service account to edit."
    return attention("right", text, "Look whether the first receipt's row arrives.", _SHARE_PAGE)
