"""The key of an event: ManyChat sends none, so it is made of what makes the event this one.

request_id in the template          subscriber and request_id
else last_interaction               subscriber, flow and last_interaction
else (a template without both)      subscriber, flow and all fields: the same words twice count once
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from leads import contact, fields

if TYPE_CHECKING:
    from collections.abc import Mapping


def key(raw: Mapping[str, Any]) -> str:
    """Return `manychat:` and 64 hex digits, the same for each delivery of one event."""
    given = fields.given(fields.flat(raw))
    name, flow, happened_at = who(given) or "", given["flow"] or "", fields.moment(given["happened_at"])
    if given["request_id"]:
        parts = ["request", name, given["request_id"]]
    elif happened_at:
        parts = ["interaction", name, flow, happened_at.isoformat()]
    else:
        # It brings every library along that reads fields, which a better template spares us.
        from leads import normalise

        parts = ["fields", name, flow, json.dumps(normalise.lead(raw).values(), sort_keys=True)]
    return "manychat:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def who(given: Mapping[str, str | None]) -> str | None:
    """Return whom an event names, by ManyChat's id, else by e-mail; None when it is nobody whom we could tell apart."""
    return given["manychat_id"] or contact.email(given["email"])
