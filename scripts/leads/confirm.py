"""Whether a new lead is a subscriber of our page: ManyChat cannot sign, so its own answer is the only proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import manychat
from adapters.hubspot import Problem
from kit import settings
from kit.errors import NotFoundError
from leads.contacts import Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leads.people import Person

STRANGER = Problem("subscriber_unknown", "ManyChat does not know the subscriber.")


def strangers(people: Sequence[Person]) -> list[Written]:
    """Return those whom ManyChat does not know, refused; who is in HubSpot already is not asked for.

    Raises:
        TransientError: ManyChat is away; the leads wait.
        TerminalError: ManyChat does not accept our token.
    """
    if not settings.get().manychat_confirm:
        return []
    client = manychat.Client(settings.get())
    return [
        Written(person, "refused", problem=STRANGER)
        for person in people
        if not person.hubspot_id and not _known(client, person.values.get("manychat_id"))
    ]


def _known(client: manychat.Client, subscriber_id: str | None) -> bool:
    if not subscriber_id:
        return False
    try:
        client.info(subscriber_id)
    except NotFoundError:
        return False
    return True
