"""Stored receipts for tests of the replay: the sample pictures' OCR boxes, recorded as a release would record them."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from kit import dates, ids, task
from tests.unit.tickets.inbox import MESSAGE
from tickets import review_apply, reviews, store, verdicts
from tickets.decision import Decision
from tickets.extraction import confidence, offline, page, validate
from tickets.extraction.model import Attempt
from tools.replay.candidate import ROOT
from tools.replay.recorded import FIELDS, Reading, Recorded

BOXES = Path(__file__).parent / "unit/extraction/boxes"
NAMES = ("ticket_supermercado", "ticket_restaurante_torcido", "sroie_064", "paisaje")
CTX = task.Context(execution_id="e1", release="0.1.0")
URI = "kestra:///opsflows/tickets/whatsapp-ticket-process/executions/e1/image.jpg"
VALUES = {
    "total": "12.10",
    "issued_on": "2026-11-20",
    "merchant": "Bar Sol, S.L.",
    "currency": "EUR",
    "tax_id": "B38757910",
    "document_number": "A-1",
    "payment_method": "card",
    "tax_total": None,
}


def boxes(name):
    """What the OCR read in a sample picture."""
    return json.loads((BOXES / f"{name}.json").read_text(encoding="utf-8"))


def ticket_id(name):
    """The reference under which a sample is stored."""
    return ids.ticket_id(f"wamid.{name}")


def stored(conn, name, *, minutes=0, uri=URI, raw=None, **message):
    """Record a sample as this checkout reads it; `minutes` say how long ago it came."""
    values = {"message_id": f"wamid.{name}", "ticket_id": ticket_id(name)} | message
    store.insert_message(conn, MESSAGE.model_copy(update=values), "e0")
    read = offline.from_page(page.from_data(boxes(name)), country="ES", today=dates.today())
    kept = Attempt(provider="ocr", model="rapidocr", outcome="ok", latency_ms=900, raw=raw or boxes(name))
    read = read.model_copy(update={"attempts": [kept], "confidence": confidence.of(read)})
    assessment = validate.assess(read, today=dates.today())
    verdicts.record(conn, ticket_id(name), read, assessment, "0" * 64, CTX)
    store.set_files(conn, ticket_id(name), image_uri=uri, document_uri=None)
    with conn.cursor() as cursor:
        came = dates.utcnow() - timedelta(minutes=minutes)
        cursor.execute("update tickets.messages set received_at = %s where ticket_id = %s", [came, values["ticket_id"]])
    return values["ticket_id"]


def decided(conn, name, action="approve", via="console", **changes):
    """Let a person look at a stored sample, whatever its verdict."""
    with conn.cursor() as cursor:
        cursor.execute("update tickets.tickets set verdict = 'review' where ticket_id = %s", [ticket_id(name)])
    review = reviews.open(conn, ticket_id(name), "e1", expires_at=dates.utcnow() + timedelta(hours=1))
    decision = Decision(action=action, changes=changes)
    assert reviews.decide(conn, review["review_id"], decision, by="Eva", via=via) == "decided"
    assert review_apply.apply(conn, review["review_id"]) == "applied"


def checkout(folder, module="", code=""):
    """A copy of this checkout's scripts, with code added to a module of the extraction."""
    for name in ("scripts", "namespace_files"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    if module:
        path = folder / "scripts/tickets/extraction" / module
        path.write_text(path.read_text(encoding="utf-8") + "\n\n" + code, encoding="utf-8")
    return folder


def reading(verdict="accept", outcome="ok", **changes):
    """What an engine read, as the comparison sees it."""
    numbers = {"latency_ms": changes.pop("latency_ms", 40), "cost_usd": changes.pop("cost_usd", Decimal(0))}
    sure = changes.pop("confidence", {"total": 0.9})
    return Reading(outcome, verdict, VALUES | changes, sure, (), **numbers)


def recorded(before=None, truth=None, name="T-7QK2M4X9AB", *, rejected=False):
    """A stored receipt, as the comparison sees it."""
    assert set(VALUES) == set(FIELDS)
    known = truth or {}
    return Recorded(
        ticket_id=name,
        release="0.1.0",
        reading=before or reading(),
        truth=known,
        rejected=rejected,
        boxes={},
        ocr_model="rapidocr",
        answer=None,
        image_uri=None,
        rotation=0,
        today=date(2026, 11, 21),
    )


MADE_AT = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
