"""The dynamic block: what ManyChat does at once with a lead whose post it waits for.

Source: manychat.github.io/dynamic_block_docs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from kit import settings
from leads import inbox

if TYPE_CHECKING:
    from kit.db import Connection

EMPTY: Final[dict[str, Any]] = {"messages": [], "actions": [], "quick_replies": []}
_POLL_S: Final = 0.1


def of(conn: Connection, key: str, wait_s: float) -> dict[str, Any]:
    """Wait for an event's contact, and return `version` and `content` of the block.

    ManyChat waits about ten seconds. A contact that takes longer is written all the same; the block is then empty.

    Args:
        conn: a connection.
        key: the event's key.
        wait_s: seconds at most.
    """
    ends = time.monotonic() + wait_s
    while (row := inbox.find(conn, key)) and row["state"] == "waiting" and time.monotonic() < ends:
        time.sleep(_POLL_S)
    contact_id = row["hubspot_id"] if row and row["state"] == "done" else None
    return {"version": "v2", "content": EMPTY | {"actions": actions(contact_id)}}


def actions(contact_id: str | None) -> list[dict[str, str]]:
    """Set the custom field and the tag; nothing without a contact."""
    if not contact_id:
        return []
    found = settings.get()
    made = [{"action": "set_field_value", "field_name": found.manychat_crm_field, "value": contact_id}]
    return made + ([{"action": "add_tag", "tag_name": found.manychat_tag}] if found.manychat_tag else [])
