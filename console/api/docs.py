"""What the API can do: openapi.json for programs, and the same as a page for people, without a script."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from console import access, etags, pages
from console.api import access as api_access
from console.api import exposition, problems, routes

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION: Final = "1"
_ABOUT: Final = "Reads what the ETL flows did. Nothing is changed by it. Times are UTC."
_TOKEN: Final = {"token": {"type": "http", "scheme": "bearer", "description": "the secret OPSFLOWS_API_TOKEN"}}
_REFERENCE: Final = "#/components/schemas/"

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Address:
    """One address, as the page shows it.

    Attributes:
        path: of it.
        about: what it answers.
        parameters: name, type and description of each.
        fields: dotted name, type and description of each field of its JSON.
        kinds: media types of its answers.
    """

    path: str
    about: str
    parameters: list[tuple[str, str, str]]
    fields: list[tuple[str, str, str]]
    kinds: list[str]


@router.get("/api/openapi.json", dependencies=[Depends(api_access.caller)])
def document(request: Request) -> Response:
    """The API as an OpenAPI 3.1 document."""
    return etags.answer(request, Response(json.dumps(_document()), media_type="application/json"))


@router.get(problems.DOCS, dependencies=[Depends(access.reader)])
def page(request: Request) -> Response:
    """The same for people."""
    metrics = [(name, about) for name, about, _ in (*exposition.LATEST, *exposition.DAILY, *exposition.ALL_TIME)]
    return etags.answer(
        request,
        pages.page(
            "api.html",
            visit_url=str(request.base_url).rstrip("/"),
            addresses=_addresses(),
            metrics=sorted([*metrics, exposition.ALERTS]),
        ),
    )


@cache
def _document() -> dict[str, Any]:
    made = get_openapi(title="opsflows", version=VERSION, description=_ABOUT, routes=routes.router.routes)
    made["components"]["securitySchemes"] = _TOKEN
    made["security"] = [{"token": []}]
    return made


@cache
def _addresses() -> list[Address]:
    made = _document()
    schemas = made["components"]["schemas"]
    return [_address(path, methods["get"], schemas) for path, methods in made["paths"].items()]


def _address(path: str, found: dict[str, Any], schemas: dict[str, Any]) -> Address:
    content = found["responses"]["200"]["content"]
    shape = content.get("application/json", {}).get("schema", {})
    return Address(
        path=path,
        about=_plain(found["description"]),
        parameters=[
            (one["name"], _kind(one["schema"]).removesuffix(" or null"), _plain(one["description"]))
            for one in found.get("parameters", ())
        ],
        fields=list(_fields(shape, schemas)),
        kinds=list(content),
    )


def _fields(schema: dict[str, Any], schemas: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """The fields of a schema with those of the schemas that it names, by dotted names."""
    for name, about in _named(schema, schemas).get("properties", {}).items():
        dotted = f"{prefix}{name}"
        yield dotted, _kind(about), _plain(about.get("description", ""))
        inner = about.get("items") or next(iter(about.get("anyOf", ())), about)
        if "$ref" in inner:
            yield from _fields(inner, schemas, f"{dotted}{'[]' if 'items' in about else ''}.")


def _named(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").removeprefix(_REFERENCE)
    return dict(schemas[name]) if name else schema


def _kind(schema: dict[str, Any]) -> str:
    """A type in words, such as `integer or null`."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "$ref" in schema:
        return "object"
    kind = str(schema.get("type", "object"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _plain(text: str) -> str:
    """A docstring as a line of a page."""
    return " ".join(text.replace("`", "").split())
