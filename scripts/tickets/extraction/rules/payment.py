"""How a receipt was paid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickets.extraction.model import PaymentMethod
    from tickets.extraction.rules.reading import Reading

_METHODS: tuple[tuple[PaymentMethod, re.Pattern[str]], ...] = (
    (
        "mobile",
        re.compile(
            r"bizum|apple\s*pay|google\s*pay|yape|plin\b|nequi|daviplata|mercado\s*pago|\bpix\b|paypal|e-?wallet"
        ),
    ),
    (
        "card",
        re.compile(
            r"visa|master|amex|maestro|debit|debito|credit\b|credito|tarjeta|\bcard\b|cartao|contactless|datafono|\bt\.?p\.?v\b"
        ),
    ),
    ("transfer", re.compile(r"transferencia|bank\s*transfer|\bspei\b|\bsepa\b")),
    ("voucher", re.compile(r"\bvales?\b|ticket\s*restaurant|cheque\s*regalo|gift\s*card|voucher")),
    ("cash", re.compile(r"efectivo|\bcash|metalico|contado|tunai|especes?\b|dinheiro")),
)
_NO_PAYMENT = re.compile(
    r"no\s+cash|cash\s*(?:ier|receipt|sale|bill|inv)|refund|reembolso|vale\s+para|tarjeta\s+(?:cliente|socio|club)|credit\s+note|loyalty"
)


def find_payment(reading: Reading) -> tuple[PaymentMethod, int, float] | None:
    """The method, its row and a score: rows with an amount first, words alone after."""
    rows = [entry for entry in reading.entries if not _NO_PAYMENT.search(entry.folded)]
    for entries, score in (([e for e in rows if e.amounts and e.last], 0.93), (rows, 0.7)):
        for entry in entries:
            for method, pattern in _METHODS:
                if pattern.search(entry.folded):
                    return method, entry.number, score
    change = next((entry.number for entry in rows if entry.kind == "change" and (entry.last or 0) != 0), None)
    return None if change is None else ("cash", change, 0.7)  # only cash is given back
