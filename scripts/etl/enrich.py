"""What is added to an event: what it brings in, and a fingerprint of the row as its source gave it. Pure.

A row that is not good enough gets two empty fields, so that the loader finds in it what it would have found before.
"""

from __future__ import annotations

import json
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from etl import tidy
from etl.load.fields import Value, split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ADDED: Final = ("net_amount", "fingerprint")
_SIGNS: Final = {"sale": 1, "refund": -1}
_CENT: Final = Decimal("0.01")
_SEPARATOR: Final = "\x1f"


class Enricher:
    """Adds to the rows of one file."""

    def __init__(self, header: Sequence[str]) -> None:
        """Look the columns up once."""
        self._type, self._amount = header.index("event_type"), header.index("amount")
        self._spell = [_SPELLINGS.get(name) for name in header]

    def good(self, raw: bytes) -> bytes:
        """A row that keeps its contract, with what is added."""
        values = split(raw)
        net = _SIGNS.get(values[self._type].text, 0) * Decimal(values[self._amount].text)
        return raw + f",{net.quantize(_CENT)},{self.fingerprint(values)}".encode()

    @staticmethod
    def bad(raw: bytes) -> bytes:
        """A row that does not."""
        return raw + b"," * len(ADDED)

    def fingerprint(self, values: Sequence[Value]) -> str:
        """128 bits of a row's values, each in one spelling; an empty text is not null."""
        parts = [
            "\0" if value.null else (spell(value.text) if spell else value.text)
            for value, spell in zip(values, self._spell, strict=True)
        ]
        return blake2b(_SEPARATOR.join(parts).encode(), digest_size=16).hexdigest()


def _instant(text: str) -> str:
    return tidy.instant(text) or text


def _amount(text: str) -> str:
    return str(Decimal(text).quantize(_CENT))


def _payload(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_SPELLINGS: Final[dict[str, Callable[[str], str]]] = {
    "occurred_at": _instant,
    "amount": _amount,
    "payload": _payload,
}
