"""Replays leads that HubSpot refused: the event waits in the inbox again and is written by the collector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit import db, secrets, settings
from kit.errors import BreakerOpenError, InvalidRequestError
from leads import collect, inbox

if TYPE_CHECKING:
    from kit.dead_letters import Letter
    from kit.task import Context


def replay(letter: Letter, ctx: Context) -> None:
    """Write the event of a letter; safe to repeat, since a contact is found again before it is made.

    Raises:
        InvalidRequestError: it is refused again, with the new reason as its code.
        BreakerOpenError: HubSpot is away; the event waits, and will be written without another replay.
    """
    from adapters import hubspot

    with db.connect() as conn:
        inbox.reopen(conn, letter.key)
        answer = bool(secrets.optional("MANYCHAT_TOKEN"))
        made = collect.Collector(conn, lambda: hubspot.Client(settings.get()), ctx.execution_id, answer=answer).run()
        row = inbox.find(conn, letter.key)
    if row and row["state"] == "refused":
        raise InvalidRequestError(
            "HubSpot refuses the lead again.",
            code=row["outcome"],
            next_action="Correct what it names, then replay the letter.",
            provider=inbox.PROVIDER,
        )
    if row and row["state"] == "waiting":
        raise BreakerOpenError(
            "The lead waits for HubSpot.", code=made.code or "busy", retry_after=made.wait_s, provider=inbox.PROVIDER
        )
