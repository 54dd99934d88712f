"""The key of an event: ManyChat sends none, so it is made of what makes the event this one.

request_id in the template          subscriber and request_id
else last_interaction               subscriber, flow and last_interaction
else (a template without both)      subscriber, flow and all fields: the same words twice count once
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from leads import normalise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leads.model import Lead


def key(raw: Mapping[str, Any]) -> str:
    """Return the key of a body; see `of`."""
    return of(normalise.lead(raw))


def of(lead: Lead) -> str:
    """Return `manychat:` and 64 hex digits, the same for each delivery of one event."""
    who = lead.manychat_id or lead.email or lead.phone or ""
    if lead.request_id:
        parts = ["request", who, lead.request_id]
    elif lead.happened_at:
        parts = ["interaction", who, lead.flow or "", lead.happened_at.isoformat()]
    else:
        parts = ["fields", who, lead.flow or "", json.dumps(lead.values(), sort_keys=True)]
    return "manychat:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()
