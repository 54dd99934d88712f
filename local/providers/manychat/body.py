"""The bodies of External Requests: "Full Contact Data", or a template in which people typed ``{{variables}}``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from local.providers.manychat.state import ManyChatState, Subscriber

_VARIABLE = re.compile(r"\{\{\s*([\w .]+?)\s*\}\}")

# How a variable without a value arrives.
Unset = Literal["literal", "empty"]


def full_contact(person: Subscriber, state: ManyChatState, *, ids_as_numbers: bool = False) -> dict[str, Any]:
    """All that the page knows; custom fields by name, None for those that are not set."""
    fields = person.system_fields() | {"custom_fields": {name: person.custom_fields.get(name) for name in state.fields}}
    if ids_as_numbers:
        fields |= {"id": int(person.id), "page_id": int(fields["page_id"])}
    return fields


def filled(template: str, person: Subscriber, *, unset: Unset = "literal", escaped: bool = True) -> str:
    """A template with its variables filled in.

    Args:
        template: text with ``{{first_name}}``, ``{{cuf_utm_source}}`` or ``{{utm_source}}``, …
        person: whose values.
        unset: what a variable without a value becomes: itself, or nothing.
        escaped: whether values are made fit for a JSON string; a hand-typed body breaks on a quote or a new line.
    """
    values = person.system_fields() | {"user_id": person.id} | person.custom_fields

    def value(match: re.Match[str]) -> str:
        found = values.get(match[1].removeprefix("cuf_"))
        if found is None or found == "":
            return match[0] if unset == "literal" else ""
        text = str(found).lower() if isinstance(found, bool) else str(found)
        return json.dumps(text, ensure_ascii=False)[1:-1] if escaped else text

    return _VARIABLE.sub(value, template)
