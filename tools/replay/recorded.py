"""What is stored of a receipt: the reading that was recorded, what people say is right, and what to read it from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from kit import db, settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from kit.db import Connection

FIELDS: Final = (
    "total",
    "issued_on",
    "merchant",
    "currency",
    "tax_id",
    "document_number",
    "payment_method",
    "tax_total",
)
QUERY: Final = "tickets/replay_receipts.sql"
# What the console's form shows, and what an answer or a card shows: who approves has looked at nothing else.
_ON_THE_FORM: Final = FIELDS[:-1]
_IN_THE_ANSWER: Final = FIELDS[:4]
_OF_PEOPLE: Final = ("reviewed", "rejected_by_reviewer")


@dataclass(frozen=True)
class Reading:
    """What an engine made of a receipt.

    Attributes:
        outcome: `ok`, else why there is nothing: a code.
        verdict: `accept`, `review`, `reject`; blank without a reading.
        fields: each of `FIELDS` as text; amounts with two decimals, dates as ISO 8601.
        confidence: field to probability.
        codes: of the reasons.
        latency_ms: what the engines took; None where that is not known.
        cost_usd: what the model's service billed.
        evidence: field to `{"text", "box"}`, in pixels of the stored picture.
        would_ask: the rules wanted the model's answer, and none is stored.
    """

    outcome: str
    verdict: str = ""
    fields: Mapping[str, str | None] = field(default_factory=lambda: dict.fromkeys(FIELDS))
    confidence: Mapping[str, float] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    latency_ms: int | None = None
    cost_usd: Decimal = Decimal(0)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    would_ask: bool = False


@dataclass(frozen=True)
class Recorded:
    """A stored receipt.

    Attributes:
        ticket_id: its reference.
        release: that read it.
        reading: the baseline: as it was recorded, before anybody corrected it, or another release's.
        first: as it was recorded, where the baseline is another one.
        truth: field to its right value, for the fields that a person approved or corrected.
        rejected: a person took it out of the books.
        boxes: what the OCR read, as `Page.as_data` keeps it.
        ocr_model: by what; a document's text layer has a name of its own.
        answer: the vision model's form, where it answered.
        image_uri: of the picture in Kestra's storage.
        rotation: degrees, counter-clockwise, by which that picture stands upright.
        today: the day on which it was read, in the company's time zone.
    """

    ticket_id: str
    release: str
    reading: Reading
    truth: Mapping[str, str | None]
    rejected: bool
    boxes: Mapping[str, Any]
    ocr_model: str
    answer: Mapping[str, Any] | None
    image_uri: str | None
    rotation: int
    today: date
    first: Reading | None = None

    @property
    def then(self) -> Reading:
        """The reading that was recorded."""
        return self.first or self.reading

    def against(self, other: Reading) -> Recorded:
        """The same receipt with another baseline."""
        return replace(self, reading=other, first=self.then)


@dataclass(frozen=True)
class Selection:
    """Which receipts: the newest `most`, received since, of a sender (id or phone number), corrected ones only."""

    most: int
    since: datetime | None = None
    sender: str | None = None
    only_corrected: bool = False


def select(conn: Connection, wanted: Selection, *, with_picture: bool) -> list[Recorded]:
    """Read the receipts, the newest first, in a transaction that cannot write.

    Args:
        conn: the business database, outside of a transaction.
        wanted: which ones. Receipts without stored boxes (erased, or refused before they were read) do not count.
        with_picture: only those whose picture is kept.
    """
    values = {
        "most": wanted.most,
        "since": wanted.since,
        "sender": wanted.sender,
        "only_corrected": wanted.only_corrected,
        "with_picture": with_picture,
    }
    with db.transaction(conn):
        db.execute(conn, "set transaction read only")
        rows = db.fetch_all(conn, db.load_sql(QUERY), values)
    return [of(row) for row in rows]


def of(row: Mapping[str, Any]) -> Recorded:
    """A row of `replay_receipts.sql`."""
    now = fields_of(row["receipt"])
    read = now | {name: _plain(name, was) for name, was in row["corrections"].items() if name in FIELDS}
    attempts = row["attempts"]
    reading = Reading(
        outcome="ok",
        # Only what was doubtful is reviewed; a decision replaces the verdict.
        verdict="review" if row["action"] else row["verdict"],
        fields=read,
        confidence=row["confidence"],
        codes=tuple(reason["code"] for reason in row["reasons"] if _is_readings(reason)),
        latency_ms=sum(attempt["latency_ms"] for attempt in attempts),
        cost_usd=sum((Decimal(attempt["cost_usd"] or 0) for attempt in attempts), Decimal(0)),
        evidence=row["evidence"],
    )
    return Recorded(
        ticket_id=row["ticket_id"],
        release=row["release"],
        reading=reading,
        truth=_truth(row, now),
        rejected=row["action"] == "reject",
        boxes=_good(attempts, "ocr").get("raw") or {},
        ocr_model=_good(attempts, "ocr").get("model") or "",
        answer=(_good(attempts, "vision").get("raw") or {}).get("answer"),
        image_uri=row["image_uri"],
        rotation=row["rotation"],
        today=row["created_at"].astimezone(ZoneInfo(settings.get().timezone)).date(),
    )


def fields_of(receipt: Mapping[str, Any]) -> dict[str, str | None]:
    """The compared fields of a receipt's JSON form, each as plain text."""
    amounts = [Decimal(tax["amount"]) for tax in receipt.get("taxes") or [] if tax.get("amount") is not None]
    taxes = sum(amounts, Decimal(0)) if amounts else None
    return {name: _plain(name, taxes if name == "tax_total" else receipt.get(name)) for name in FIELDS}


def _truth(row: Mapping[str, Any], now: Mapping[str, str | None]) -> dict[str, str | None]:
    """What stands in an approved receipt; an empty field says something only where a person emptied it."""
    if row["action"] != "approve":
        return {}
    seen = _ON_THE_FORM if row["decided_via"] == "console" else _IN_THE_ANSWER
    return {
        name: now[name] for name in FIELDS if name in row["corrections"] or (name in seen and now[name] is not None)
    }


def _good(attempts: list[dict[str, Any]], provider: str) -> dict[str, Any]:
    """An engine's last reading that came to an end."""
    good = [attempt for attempt in attempts if attempt["provider"] == provider and attempt["outcome"] == "ok"]
    return good[-1] if good else {}


def _is_readings(reason: Mapping[str, Any]) -> bool:
    """Whether a reason is of the reading: what a person decided, or what the picture's pixels tell, is not repeated."""
    return reason["field"] != "image" and reason["code"] not in _OF_PEOPLE


def _plain(name: str, value: Any) -> str | None:
    if value in (None, ""):
        return None
    return f"{Decimal(str(value)):.2f}" if name in ("total", "tax_total") else str(value)
