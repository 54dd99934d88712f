"""The routes of Sheets v4 and of the Drive calls that gspread makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from local.providers.answers import Answer, as_google_json
from local.providers.google import drive, structure, values
from local.providers.google.desk import READ_SCOPES, SHEETS_SCOPES
from local.providers.google.errors import GoogleError, bad
from local.providers.google.state import Spreadsheet, new_spreadsheet_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.providers.google.desk import Desk
    from local.providers.google.quota import Kind


def router(desk: Desk) -> APIRouter:
    """All routes under ``/google/v4`` and ``/google/drive``."""
    routes = APIRouter(prefix="/google")

    @routes.post("/v4/spreadsheets")
    async def create(request: Request) -> Response:
        return await _serve(desk, request, "write", lambda body: _create(desk, request, body))

    @routes.get("/v4/spreadsheets/{spreadsheet_id}")
    async def get(request: Request, spreadsheet_id: str) -> Response:
        base_url = str(request.base_url).rstrip("/")
        return await _serve(desk, request, "read", lambda _: desk.book(spreadsheet_id, "read").metadata(base_url))

    @routes.post("/v4/spreadsheets/{spreadsheet_id}:batchUpdate")
    async def batch_update(request: Request, spreadsheet_id: str) -> Response:
        return await _serve(desk, request, "write", lambda body: _batch_update(desk, spreadsheet_id, body))

    @routes.get("/v4/spreadsheets/{spreadsheet_id}/values{rest:path}")
    async def read(request: Request, spreadsheet_id: str, rest: str) -> Response:
        return await _serve(desk, request, "read", lambda _: _read(desk, request, spreadsheet_id, rest))

    @routes.api_route("/v4/spreadsheets/{spreadsheet_id}/values{rest:path}", methods=["POST", "PUT"])
    async def write(request: Request, spreadsheet_id: str, rest: str) -> Response:
        return await _serve(desk, request, "write", lambda body: _write(desk, request, spreadsheet_id, rest, body))

    _drive_routes(routes, desk)
    return routes


def _drive_routes(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/drive/v3/files")
    async def list_files(request: Request) -> Response:
        return await _serve(desk, request, "read", lambda _: drive.list_files(desk.state, request), drive.SCOPES)

    @routes.post("/drive/v3/files")
    async def create_file(request: Request) -> Response:
        return await _serve(desk, request, "write", lambda body: _create_file(desk, body), drive.SCOPES)

    @routes.get("/drive/v3/files/{file_id}")
    async def get_file(request: Request, file_id: str) -> Response:
        return await _serve(desk, request, "read", lambda _: drive.resource(desk.book(file_id, "read")), drive.SCOPES)


async def _serve(
    desk: Desk,
    request: Request,
    kind: Kind,
    work: Callable[[dict[str, Any]], dict[str, Any]],
    scopes: tuple[str, ...] | None = None,
) -> Response:
    try:
        desk.admit(request, kind, scopes or (READ_SCOPES if kind == "read" else SHEETS_SCOPES))
        answer = as_google_json(200, work(await _body(request)))
    except GoogleError as error:
        answer = error.answer()
    return _response(answer)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


async def _body(request: Request) -> dict[str, Any]:
    if request.method == "GET" or not await request.body():
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise bad(f"Invalid JSON payload received. {error}") from error
    if not isinstance(body, dict):
        raise bad("Invalid JSON payload received. Root element must be a message.")
    return body


def _create(desk: Desk, request: Request, body: dict[str, Any]) -> dict[str, Any]:
    properties = body.get("properties", {})
    book = Spreadsheet(id=new_spreadsheet_id(), title=properties.get("title", "Sin título"), share="owner")
    desk.keep(book)
    return book.metadata(str(request.base_url).rstrip("/"))


def _create_file(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    book = drive.new_file(body)
    desk.keep(book)
    return drive.resource(book)


def _batch_update(desk: Desk, spreadsheet_id: str, body: dict[str, Any]) -> dict[str, Any]:
    book, replies = structure.batch_update(desk.book(spreadsheet_id, "write"), body.get("requests", []))
    desk.keep(book)
    return {"spreadsheetId": spreadsheet_id, "replies": replies}


def _read(desk: Desk, request: Request, spreadsheet_id: str, rest: str) -> dict[str, Any]:
    book, query = desk.book(spreadsheet_id, "read"), request.query_params
    render, dimension = query.get("valueRenderOption", "FORMATTED_VALUE"), query.get("majorDimension", "ROWS")
    if rest == ":batchGet":
        found = [values.read(book, text, render=render, dimension=dimension) for text in query.getlist("ranges")]
        return {"spreadsheetId": spreadsheet_id, "valueRanges": found}
    return values.read(book, rest.removeprefix("/"), render=render, dimension=dimension)


def _write(desk: Desk, request: Request, spreadsheet_id: str, rest: str, body: dict[str, Any]) -> dict[str, Any]:
    """Work on a copy and keep it at the end: a request is applied as a whole or not at all."""
    book = desk.book(spreadsheet_id, "write").draft()
    answer = _written(book, request, rest, body)
    desk.keep(book)
    return answer


def _written(book: Spreadsheet, request: Request, rest: str, body: dict[str, Any]) -> dict[str, Any]:
    option = request.query_params.get("valueInputOption")
    if rest == ":batchUpdate":
        return _batch(book, body)
    if rest == ":batchClear":
        cleared = [values.clear(book, text)["clearedRange"] for text in body.get("ranges", [])]
        return {"spreadsheetId": book.id, "clearedRanges": cleared}
    text = rest.removeprefix("/")
    if request.method == "PUT":
        return values.update(book, text, body, option)
    if text.endswith(":clear"):
        return values.clear(book, text.removesuffix(":clear"))
    if text.endswith(":append"):
        insert = request.query_params.get("insertDataOption", "OVERWRITE")
        return values.append(book, text.removesuffix(":append"), body, option, insert)
    raise GoogleError("NOT_FOUND")


def _batch(book: Spreadsheet, body: dict[str, Any]) -> dict[str, Any]:
    data = body.get("data", [])
    responses = [values.update(book, item.get("range", ""), item, body.get("valueInputOption")) for item in data]
    return {
        "spreadsheetId": book.id,
        "totalUpdatedRows": sum(item["updatedRows"] for item in responses),
        "totalUpdatedColumns": max((item["updatedColumns"] for item in responses), default=0),
        "totalUpdatedCells": sum(item["updatedCells"] for item in responses),
        "totalUpdatedSheets": len({item["updatedRange"].rpartition("!")[0] for item in responses}),
        "responses": responses,
    }
