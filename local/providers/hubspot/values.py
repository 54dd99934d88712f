"""Does HubSpot take this value for this property? And how two values compare in a search."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.providers.hubspot.state import Definition

_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s.,;<>\"()]{2,}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MILLISECONDS = re.compile(r"-?\d{1,14}")
_DAY_MS = 86_400_000
_LONGEST = 65_536


def as_text(value: Any) -> str:
    """A value of JSON as HubSpot keeps it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def problem(definition: Definition | None, name: str, value: str, portal_id: int) -> dict[str, Any] | None:
    """What is wrong with a value, as HubSpot tells it; None when it is taken. An empty text clears any property."""
    if definition is None:
        return _told(name, f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST", portal_id)
    if definition.readOnly:
        said = f'"{name}" is a read only property; its value cannot be set.'
        return _told(name, said, "READ_ONLY_VALUE", portal_id)
    word = _wrong(definition, value) if value else None
    if word is None:
        return None
    said = {
        "INVALID_EMAIL": f"Email address {value} is invalid",
        "INVALID_OPTION": f"{value} was not one of the allowed options: {_options(definition)}",
        "INVALID_DATE": f"{value} is at an invalid time. It must be midnight UTC, or a date.",
        "INVALID_INTEGER": f"{value} was not a valid number.",
        "INVALID_LONG": f"{value} was not a valid long.",
        "VALUE_TOO_LONG": f"The value of {name} is longer than {_LONGEST} characters.",
    }[word]
    return _told(name, said, word, portal_id)


def clean(definition: Definition, value: str) -> str:
    """A taken value as it is kept: e-mails in lower case, dates and times as ISO text."""
    if not value:
        return ""
    if definition.name == "email":
        return value.strip().lower()
    if definition.type == "datetime":
        return iso(milliseconds(value) or 0)
    if definition.type == "date":
        return iso(milliseconds(value) or 0)[:10]
    return value


def key(definition: Definition | None, value: str) -> float | str | None:
    """What a value is compared by."""
    if definition and definition.type in {"date", "datetime"}:
        return milliseconds(value)
    if definition and definition.type == "number":
        return float(value) if _NUMBER.fullmatch(value) else None
    return value.strip().lower()


def milliseconds(value: str) -> int | None:
    """A time given in milliseconds, as a date, or as ISO text; None for anything else."""
    if _MILLISECONDS.fullmatch(value):
        return int(value)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def iso(ms: float) -> str:
    """Milliseconds as HubSpot writes times."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _wrong(definition: Definition, value: str) -> str | None:  # noqa: PLR0911 - a table of types
    if len(value) > _LONGEST:
        return "VALUE_TOO_LONG"
    if definition.name == "email":
        return None if _EMAIL.fullmatch(value.strip()) else "INVALID_EMAIL"
    if definition.type == "number":
        return None if _NUMBER.fullmatch(value) else "INVALID_INTEGER"
    if definition.type == "bool":
        return None if value in {"true", "false"} else "INVALID_OPTION"
    if definition.type == "enumeration":
        given = value.strip(";").split(";") if definition.fieldType == "checkbox" else [value]
        return None if set(given) <= {option.value for option in definition.options} else "INVALID_OPTION"
    if definition.type == "datetime":
        return None if milliseconds(value) is not None else "INVALID_LONG"
    if definition.type == "date":
        ms = milliseconds(value)
        return None if ms is not None and ms % _DAY_MS == 0 else "INVALID_DATE"
    return None


def _options(definition: Definition) -> str:
    shown = [f'label: "{option.label}"\nvalue: "{option.value}"\n' for option in definition.options]
    return f"[{', '.join(shown)}]"


def _told(name: str, message: str, error: str, portal_id: int) -> dict[str, Any]:
    return {
        "isValid": False,
        "message": message,
        "error": error,
        "name": name,
        "localizedErrorMessage": message,
        "portalId": portal_id,
    }
