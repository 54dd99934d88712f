"""What the log of calls shows of a body of Vault: its shape and errors, never a value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.providers.calls import shown as shown_by_others

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = frozenset(
    {"cas", "created_time", "current_version", "deletion_time", "errors", "initialized", "lease_duration", "policies"}
    | {"sealed", "token_type", "ttl", "version", "versions", "warnings"}
)


def asked(body: bytes, headers: Mapping[str, str]) -> str:
    """The body of a request as text for the log: a write's `data` is the secret."""
    return _text(body, headers, "data")


def answered(body: bytes, headers: Mapping[str, str]) -> str:
    """The body of an answer as text for the log: the `data` within `data` is the secret."""
    return _text(body, headers, "")


def _text(body: bytes, headers: Mapping[str, str], key: str) -> str:
    try:
        return json.dumps(_hidden(json.loads(body), key), ensure_ascii=False) if body else ""
    except (ValueError, RecursionError):
        return shown_by_others(body, headers)


def _hidden(value: Any, key: str) -> Any:
    """The value with the items of `data` in `data`, and all that is not known to be harmless, left out."""
    if isinstance(value, dict):
        return {
            name: dict.fromkeys(item, "…") if key == name == "data" and isinstance(item, dict) else _hidden(item, name)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_hidden(item, key) for item in value]
    return value if key in _SHOWN or value is None or isinstance(value, bool) else "…"
