"""Fill any strict schema with the facts that were read from a picture, by the names of its properties."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import Any

# Other names under which a schema may ask for a fact.
_ALIASES = {
    "vendor": "merchant",
    "merchant_name": "merchant",
    "company": "merchant",
    "nif": "tax_id",
    "vat_number": "tax_id",
    "date": "issued_on",
    "issue_date": "issued_on",
    "time": "issued_time",
    "number": "document_number",
    "invoice_number": "document_number",
    "total_amount": "total",
    "items": "lines",
}


class _NoFitError(Exception):
    """A value cannot be written in the form that a schema wants."""


def fill(schema: dict[str, Any], facts: dict[str, Any]) -> Any:
    """An instance of the schema. What is not known is null, or empty where null is not allowed."""
    return _fill(schema, facts, schema)


def _fill(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> Any:
    try:
        return _fitted(schema, value, root)
    except _NoFitError:
        return _nothing(schema, root)


def _fitted(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> Any:
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        return _first_that_fits(schema["anyOf"], value, root)
    if isinstance(types := schema.get("type"), list):
        return _first_that_fits([{**schema, "type": kind} for kind in types], value, root)
    if "const" in schema:
        return schema["const"]
    return _typed(str(schema.get("type", "string")), schema, value, root)


def _typed(kind: str, schema: dict[str, Any], value: Any, root: dict[str, Any]) -> Any:
    if kind == "null" and value is None:
        return None
    if value is None or kind == "null":
        raise _NoFitError
    if kind == "object" and isinstance(value, dict):
        return {name: _fill(part, _fact(value, name), root) for name, part in schema.get("properties", {}).items()}
    if kind == "array" and isinstance(value, list):
        return [_fill(schema.get("items", {}), item, root) for item in value]
    return _plain(kind, schema, value)


def _plain(kind: str, schema: dict[str, Any], value: Any) -> Any:
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind in {"number", "integer"} and isinstance(value, Decimal | int | float):
        return int(value) if kind == "integer" else float(value)
    if kind != "string" or isinstance(value, dict | list):
        raise _NoFitError
    text = _text(value)
    if value not in schema.get("enum", [value]) or not re.search(schema.get("pattern", ""), text):
        raise _NoFitError
    return text


def _first_that_fits(branches: list[dict[str, Any]], value: Any, root: dict[str, Any]) -> Any:
    for branch in branches:
        try:
            return _fitted(branch, value, root)
        except _NoFitError:
            continue
    raise _NoFitError


def _nothing(schema: dict[str, Any], root: dict[str, Any]) -> Any:
    """The emptiest value that a schema allows."""
    schema = _resolved(schema, root)
    branches = [_resolved(branch, root) for branch in schema.get("anyOf", [])]
    types = schema.get("type", [])
    kinds = {*(types if isinstance(types, list) else [types]), *(str(branch.get("type")) for branch in branches)}
    if "null" in kinds:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if "object" in kinds:
        return {name: _nothing(part, root) for name, part in schema.get("properties", {}).items()}
    return {"array": [], "number": 0, "integer": 0, "boolean": False}.get(next(iter(kinds), "string"), "")


def _fact(facts: dict[str, Any], name: str) -> Any:
    return facts[name] if name in facts else facts.get(_ALIASES.get(name, name))


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = root
        for step in str(schema["$ref"]).removeprefix("#").strip("/").split("/"):
            found = found[step] if step else found
        schema = found
    return schema
