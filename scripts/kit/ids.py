"""Identifiers that are a pure function of the provider's id, so that a repeat gets the same one."""

from __future__ import annotations

import hashlib
from typing import Final, NewType

TicketId = NewType("TicketId", str)
LeadId = NewType("LeadId", str)

# Crockford's base32 leaves out I, L, O and U: nothing to misread on the phone.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYMBOLS: Final = 10
_BITS: Final = 5


def ticket_id(message_id: str) -> TicketId:
    """Return the ticket's id for a provider's message id: `T-` and 10 symbols, the first 50 bits of its SHA-256."""
    return TicketId("T-" + _symbols(message_id))


def lead_id(first_seen_as: str) -> LeadId:
    """Return a lead's id for the first name by which we knew the person (`hubspot:<id>`): `L-` and 10 symbols."""
    return LeadId("L-" + _symbols(first_seen_as))


def _symbols(text: str) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big") >> (256 - _BITS * _SYMBOLS)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(_BITS * (_SYMBOLS - 1), -1, -_BITS))
