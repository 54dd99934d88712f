"""The birth certificate of a ticket: from its webhook to each effect; who did what, when, with which engine.

It is put together from Postgres alone, for `python -m tools.certificate` and for the console's page.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from kit import dates, links, settings
from kit.errors import NotFoundError
from tickets import lookups, reviews, store, texts

if TYPE_CHECKING:
    from kit.db import Connection
    from tickets.store import Row

NAMESPACE: Final = "opsflows.tickets"
INTAKE: Final = "whatsapp_ticket_to_sheet_doc"
PROCESS: Final = "whatsapp_ticket_process"
REVIEW: Final = "whatsapp_ticket_review"
_REFERENCE: Final = re.compile(r"\s*[TR]-([0-9A-Z]{10})\s*", re.IGNORECASE)
_SHEET_ROW: Final = re.compile(r"\s*(?:[^!]*!)?\$?[A-Z]{0,3}\$?([0-9]{1,7})(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?\s*")
_FIELDS: Final = ("merchant", "tax_id", "issued_on", "document_number", "currency", "total", "tax_total")


def find(conn: Connection, reference: str) -> str:
    """The ticket that somebody means.

    Args:
        conn: a connection.
        reference: a ticket's or review's id; a row of the sheet (`Tickets!A12:Q12`, `A12`, `12`); a document's address,
            in Kestra's storage or as the link that people got.

    Raises:
        NotFoundError: it names none (code `ticket_unknown`).
    """
    if known := _REFERENCE.fullmatch(reference):
        ticket_id = f"T-{known[1].upper()}"
        found = ticket_id if store.message(conn, ticket_id) else None
    else:
        row = _SHEET_ROW.fullmatch(reference)
        document = parse_qs(urlsplit(reference.strip()).query).get("path", [reference.strip()])[0]
        found = lookups.by_projection(conn, row=row[1] if row else None, document_uri=document)
    if not found:
        raise NotFoundError(
            "No ticket has this reference, sheet row or document.",
            code="ticket_unknown",
            next_action="A reference looks like T-7QK2M4X9AB; it is in the answer, the row, the card and the document.",
        )
    return found


def build(conn: Connection, ticket_id: str) -> dict[str, Any]:
    """The certificate, as JSON has it: moments in UTC, amounts as text.

    Raises:
        NotFoundError: there is no such ticket (code `ticket_unknown`).
    """
    message = store.message(conn, ticket_id)
    if message is None:
        raise NotFoundError("There is no such ticket.", code="ticket_unknown")
    ticket = store.ticket(conn, ticket_id)
    attempts = lookups.attempts(conn, ticket_id)
    review = reviews.get(conn, reviews.review_id(ticket_id))
    found = {
        "ticket_id": ticket_id,
        "webhook": _webhook(message, lookups.deliveries(conn, ticket_id)),
        "executions": _executions(ticket, attempts, review),
        "release": ticket and ticket["release"],
        "readings": [attempt | {"url": execution_url(attempt["execution_id"], PROCESS)} for attempt in attempts],
        "verdict": ticket and ticket["verdict"],
        "fields": _fields(ticket),
        "checks": _checks(ticket),
        "review": _review(review),
        "corrections": lookups.corrections(conn, ticket_id),
        "effects": [_effect(effect) for effect in lookups.effects(conn, ticket_id)],
        "projections": _projections(ticket),
    }
    return {name: _plain(value) for name, value in found.items()}


def execution_url(execution_id: str | None, flow: str) -> str | None:
    """The page of an execution in Kestra's UI, or None where no public address of Kestra is set."""
    return links.execution_of(execution_id, flow, NAMESPACE)


def _webhook(message: Row, deliveries: list[Row]) -> dict[str, Any]:
    told = ("message_id", "sent_at", "received_at", "state", "attempts")
    seen = [one | {"url": execution_url(one["execution_id"], INTAKE)} for one in deliveries]
    return {name: message[name] for name in told} | {"sender": texts.sender(message), "deliveries": seen}


def _executions(ticket: Row | None, attempts: list[Row], review: Row | None) -> list[dict[str, Any]]:
    """Which executions worked on it, each once, in the order in which they did."""
    process = [attempt["execution_id"] for attempt in attempts] + ([ticket["execution_id"]] if ticket else [])
    found = [(execution_id, PROCESS) for execution_id in dict.fromkeys(process)]
    found += [(review["execution_id"], REVIEW)] if review else []
    return [{"execution_id": one, "flow": flow, "url": execution_url(one, flow)} for one, flow in found]


def _fields(ticket: Row | None) -> dict[str, Any]:
    if ticket is None:
        return {}
    sure, places = ticket["confidence"], ticket["evidence"]
    return {
        name: {
            "value": ticket[name],
            "confidence": sure.get(name),
            "read": (places.get(name) or {}).get("text"),
            "box": (places.get(name) or {}).get("box"),
        }
        for name in _FIELDS
    }


def _checks(ticket: Row | None) -> list[dict[str, Any]]:
    reasons = ticket["reasons"] if ticket else []
    return [dict(reason) | {"text": _sentence(ticket, reason)} for reason in reasons]


def _sentence(ticket: Row | None, reason: Row) -> str:
    every = ("info", "review", "reject")
    return "".join(texts.reasons((ticket or {}) | {"reasons": [reason]}, severities=every))


def _review(review: Row | None) -> dict[str, Any] | None:
    if review is None:
        return None
    told = ("review_id", "state", "opened_at", "expires_at", "decision", "decided_by", "decided_via", "decided_at")
    return {name: review[name] for name in told} | {"url": execution_url(review["execution_id"], REVIEW)}


def _effect(effect: Row) -> dict[str, Any]:
    return effect | {"url": _effect_url(effect)}


def _effect_url(effect: Row) -> str | None:
    """Where a person can look at it: only the sheet has addresses of its own."""
    reached = (effect["result"] or {}).get("range") if effect["kind"].startswith("sheets.") else None
    return _sheet_url(reached)


def _projections(ticket: Row | None) -> dict[str, Any]:
    if ticket is None:
        return {}
    document, picture = ticket["document_uri"], ticket["image_uri"]
    return {
        "sheet": {"range": ticket["sheet_range"], "url": _sheet_url(ticket["sheet_range"])},
        "document": {"uri": document, "url": _file_url(document)},
        "picture": {"uri": picture, "sha256": ticket["image_sha256"], "url": _file_url(picture)},
    }


def _sheet_url(sheet_range: str | None) -> str | None:
    sheet_id = settings.get().sheet_id
    if not sheet_id or not sheet_range:
        return None
    return f"https://docs.google.com/spreadsheets/d/{sheet_id}/edit#range={sheet_range.rpartition('!')[2]}"


def _file_url(uri: str | None) -> str | None:
    return links.download(uri, links.owner(uri)) if uri else None


def _plain(value: Any) -> Any:
    """A value as JSON takes it, without loss."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return dates.to_iso(value)
    return str(value) if isinstance(value, date | Decimal) else value
