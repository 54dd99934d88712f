"""What the vision model costs, by day and sender, and the caps on it.

A call's worst price is reserved before it, under a lock, and settled to what was billed after it. So parallel tasks
cannot pass a cap together: what is spent and reserved is never more than the cap. A process that dies between the two
leaves its reservation, which errs on the safe side. What can pass a cap is told in docs/settings.md.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kit import dates, db, settings
from kit.db import Connection
from kit.errors import QuotaExhaustedError
from tickets import queries
from tickets.extraction.model import Attempt

PROVIDER = "openai"
CODE = "spend_cap"
LOCK = "ops.spend"


@dataclass(frozen=True)
class Hold:
    """A reservation: `usd` is counted as spent until `settle` corrects it."""

    day: date
    model: str
    sender: str
    usd: Decimal


def reserve(conn: Connection, sender: str, model: str, most_usd: Decimal | None) -> Hold:
    """Count a call as spent at its worst price.

    Args:
        conn: a connection outside of a transaction.
        sender: who sent the picture.
        model: the model that will be asked.
        most_usd: the call's worst price; None: the price table does not know the model.

    Raises:
        QuotaExhaustedError: `spend_cap`: the call could pass a cap, or its price is unknown while there is a cap.
    """
    hold = Hold(dates.today(), model, sender, most_usd or Decimal(0))
    with db.transaction(conn):
        if _caps() != (None, None):
            db.lock_until_commit(conn, LOCK)
            _check(conn, hold, known=most_usd is not None)
        _add(conn, hold, hold.usd, calls=1)
    return hold


def settle(conn: Connection, hold: Hold, attempt: Attempt | None, *, billed_usd: Decimal) -> None:
    """Correct a reservation to what was billed; `attempt` tells the tokens, if any were counted."""
    tokens = (attempt.tokens_in or 0, attempt.tokens_out or 0) if attempt else (0, 0)
    with db.transaction(conn):
        _add(conn, hold, billed_usd - hold.usd, tokens=tokens)


def _caps() -> tuple[Decimal | None, Decimal | None]:
    known = settings.get()
    return known.spend_cap_day_usd, known.spend_cap_sender_day_usd


def _check(conn: Connection, hold: Hold, *, known: bool) -> None:
    spent = queries.one(conn, "spend_of_day", day=hold.day, sender=hold.sender) or {}
    for name, whose, cap in zip(("everybody", "sender"), ("a day", "a sender's day"), _caps(), strict=True):
        if cap is not None and (not known or spent[name] + hold.usd > cap):
            raise QuotaExhaustedError(
                f"The cap of {cap} USD {whose} is reached." if known else f"No price is known for {hold.model}.",
                code=CODE,
                next_action="The local OCR reads on. Raise the cap, or wait for tomorrow.",
            )


def _add(conn: Connection, hold: Hold, usd: Decimal, *, calls: int = 0, tokens: tuple[int, int] = (0, 0)) -> None:
    values = {"day": hold.day, "provider": PROVIDER, "model": hold.model, "sender": hold.sender, "calls": calls}
    queries.run(conn, "spend_add", **values, tokens_in=tokens[0], tokens_out=tokens[1], cost_usd=usd)
