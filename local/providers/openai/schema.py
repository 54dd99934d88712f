"""Strict mode: the schemas that OpenAI refuses are refused here, with OpenAI's words."""

from __future__ import annotations

import re
from typing import Any

MAX_DEPTH = 10
MAX_PROPERTIES = 5000

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_PERMITTED = (
    "default",
    "allOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "minContains",
    "maxContains",
    "uniqueItems",
    "prefixItems",
)
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})


def refusal(response_format: dict[str, Any]) -> str | None:
    """Why OpenAI answers 400 to a ``json_schema`` response format; None for one that it takes."""
    given = response_format.get("json_schema") or {}
    name, schema = str(given.get("name", "")), given.get("schema")
    if not _NAME.fullmatch(name):
        return f"Invalid 'response_format.json_schema.name': string does not match pattern. Got '{name}'."
    if not isinstance(schema, dict):
        return "Missing required parameter: 'response_format.json_schema.schema'."
    if not given.get("strict"):
        return None
    problem = _problem(schema, (), 0, is_root=True) or _too_large(schema)
    return f"Invalid schema for response_format '{name}': {problem}" if problem else None


def _problem(schema: Any, context: tuple[str, ...], depth: int, *, is_root: bool = False) -> str | None:
    if not isinstance(schema, dict):
        return f"{_where(context)} schema must be an object."
    if depth > MAX_DEPTH:
        return f"{_where(context)} Maximum nesting depth of {MAX_DEPTH} exceeded."
    if is_root and schema.get("type") != "object":
        return "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"" + str(schema.get("type")) + "\"'."
    return _own_problem(schema, context) or _inner_problem(schema, context, depth)


def _own_problem(schema: dict[str, Any], context: tuple[str, ...]) -> str | None:
    if "$ref" in schema:
        extra = sorted(set(schema) - {"$ref", "$defs"})
        return f"{_where(context)} '$ref' cannot have keywords {{{', '.join(map(repr, extra))}}}." if extra else None
    for keyword in _NOT_PERMITTED:
        if keyword in schema:
            return f"{_where(context)} '{keyword}' is not permitted."
    if not {"type", "anyOf", "enum", "const"} & set(schema):
        return f"{_where(context)} schema must have a 'type' key."
    if schema.get("format") not in {None, *_FORMATS}:
        return f"{_where(context)} '{schema['format']}' is not a valid format."
    return _object_problem(schema, context) if _is_object(schema) else _array_problem(schema, context)


def _object_problem(schema: dict[str, Any], context: tuple[str, ...]) -> str | None:
    if schema.get("additionalProperties") is not False:
        return f"{_where(context)} 'additionalProperties' is required to be supplied and to be false."
    properties, required = schema.get("properties", {}), schema.get("required")
    sentence = "'required' is required to be supplied and to be an array including every key in properties."
    missing = [name for name in properties if name not in (required or [])]
    if missing:
        return f"{_where(context)} {sentence} Missing '{missing[0]}'."
    extra = [name for name in required or [] if name not in properties]
    return f"{_where(context)} {sentence} Extra required key '{extra[0]}' supplied." if extra else None


def _array_problem(schema: dict[str, Any], context: tuple[str, ...]) -> str | None:
    if "array" in _types(schema) and "items" not in schema:
        return f"{_where(context)} array schema missing items."
    return None


def _inner_problem(schema: dict[str, Any], context: tuple[str, ...], depth: int) -> str | None:
    inner: list[tuple[tuple[str, ...], Any, int]] = [
        (("properties", name), part, 1) for name, part in schema.get("properties", {}).items()
    ]
    inner += [(("$defs", name), part, 0) for name, part in schema.get("$defs", {}).items()]
    inner += [(("items",), schema["items"], 1)] if "items" in schema else []
    inner += [(("anyOf", str(index)), part, 0) for index, part in enumerate(schema.get("anyOf", []))]
    found = (_problem(part, (*context, *path), depth + step) for path, part, step in inner)
    return next((problem for problem in found if problem), None)


def _too_large(schema: dict[str, Any]) -> str | None:
    count = _count(schema)
    return f"Too many properties: {count}, at most {MAX_PROPERTIES}." if count > MAX_PROPERTIES else None


def _count(schema: Any) -> int:
    if isinstance(schema, dict):
        return len(schema.get("properties", {})) + sum(_count(part) for part in schema.values())
    return sum(_count(part) for part in schema) if isinstance(schema, list) else 0


def _types(schema: dict[str, Any]) -> list[str]:
    given = schema.get("type", [])
    return given if isinstance(given, list) else [given]


def _is_object(schema: dict[str, Any]) -> bool:
    return "object" in _types(schema)


def _where(context: tuple[str, ...]) -> str:
    return "In context=(" + ", ".join(map(repr, context)) + ("," if len(context) == 1 else "") + "),"
