"""Mails and incidents as the page shows them, the latest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.providers.mail.server import PART as MAIL
from local.providers.mail.server import MailState
from local.providers.pagerduty.state import PART as PAGERDUTY
from local.providers.pagerduty.state import PagerDutyState

if TYPE_CHECKING:
    from local.providers.world import World

SHOWN, TEXT = 40, 2000


def view(world: World) -> dict[str, Any]:
    """Mails and incidents, and how many there are of each."""
    mails = world.store.part(MAIL, MailState).mails
    incidents = world.store.part(PAGERDUTY, PagerDutyState).incidents
    return {
        "counts": {"mails": len(mails), "incidents": len(incidents)},
        "mails": [
            {
                "id": mail.message_id,
                "at": mail.at,
                "subject": mail.subject,
                "recipients": mail.recipients,
                "text": mail.text[:TEXT],
            }
            for mail in reversed(mails[-SHOWN:])
        ],
        "incidents": [
            {
                # Drawn again when it changes.
                "id": f"{one.number}/{len(one.events)}",
                **one.model_dump(include={"number", "at", "status", "summary", "severity"}),
                "events": [str(event["event_action"]) for event in one.events[-SHOWN:]],
            }
            for one in reversed(incidents[-SHOWN:])
        ],
    }
