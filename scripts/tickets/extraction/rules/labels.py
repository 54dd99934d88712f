"""What a row of a receipt is about, by its words: total, subtotal, tax, payment, change, …

The patterns are tried in order and the first one decides, so the exceptions stand before the rule ("total qty" before
"total"). They run over folded text and forgive the usual misreadings ("Totai", "T0TAL", "TOTL").
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal[
    "summary", "count", "points", "discount", "tip", "service", "tax_total", "subtotal", "change", "rounding",
    "tendered", "grand_total", "card", "cash", "total", "tax", "plain",
]  # fmt: skip

_TOTAL = r"(?:t[o0][tfl]\.?[a@]?[l1i|](?!ly)|t[o0]ta\b)"
_TAX = r"(?:g\.?s\.?t|i\.?v\.?a|i\.?g\.?v|igic|ipsi|itbis|iepsi?|vat|tax|tva|sst|impuestos?|iss|icms|ipi)"
_INCLUDED = r"(?:inc[l1i]?|ine[l1]|incluid|indus|ttc|con\s+iva)"

_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("summary", rf"{_TAX}\s*(?:summary|sum[a-z]*ary|analysis|detail|code\b)|desglose|resumen|(?:tipo|%|iva)\s+base|base\s+(?:imponible\s+)?(?:%|cuota|iva|tipo)"),
    ("count", rf"{_TOTAL}\s*(?:no\.?\s*)?(?:of\s*)?(?:qty|quan|item|it[e]?m|[a4]rt|pcs|unit|unid|piez|prod|linea|pax)|(?:item|qty)s?\s*(?:count|\(s\))|no\.?\s*of\s*item|num\.?\s*(?:de\s*)?art|articulos"),
    ("points", r"saving|ahorr|puntos|\bpoints?\b|\bpoin|loyalty|fideli|balance points|saldo"),
    ("change", r"change(?!d)|\bcambio(?!s)|vuelto|\bvuelta\b|devolver|devuelto|troco|rendu|\bbaki\b"),
    ("tip", r"propina|\btips?\b|gratuity|gorjeta|pourboire"),
    ("service", r"serv(?:ice|icio|\.)?\s*(?:ch(?:ar)?ge?|chg)|srv\s*ch|serv\.?\s*\d+\s*%|cubierto"),
    ("subtotal", rf"s[uo]b\s*-?\s*t[o0ce]t|{_TOTAL}\s*(?:neto|net\b(?!.*pag))|exc[l1ou]|exol|sin\s+(?:iva|imp)|base\b|antes\s+de|before\s+tax|\bht\b|taxable|gravad[oa]|exent|supplies|inafect|importe\s+neto|op\.\s"),
    ("tax_total", rf"{_TOTAL}\s*(?:de\s+|del\s+)?{_TAX}(?!.*{_INCLUDED})|{_TAX}\s*{_TOTAL}|cuota"),
    ("grand_total", rf"(?:grand|final|net+o?|gran)\s*{_TOTAL}|{_TOTAL}.*(?:{_INCLUDED}|round|redond|payable|due|pagar|a\s+cobrar|factura|ticket|compra|venta|general|amount|sales)|(?:amount|balance|importe|total)\s*due|^due\b|a\s+pagar|net\s+a\s+payer|importe\s+{_TOTAL}|{_TOTAL}\s*(?:\(?(?:eur|euros?|rm|myr|mxn|cop|clp|ars|pen|usd|gbp|s/|[$€£])|€)"),
    ("rounding", r"round|redond|pembulatan|arrond"),
    ("discount", r"\bdis[ce]|descuento|\bdto\b|\bdcto|\bdesc\.?\b|rebaja|bonific|promo|cupon|coupon|voucher\s+disc"),
    ("tendered", r"tender|entreg|recibid|received|pagad[oa]|su\s+pago|\bpaid\b|^pay(?:ment)?\b|dinheiro"),
    ("card", r"visa|master|amex|maestro|debit|debito|\bcredit|credito|tarjeta|\bcard\b|bizum|apple\s*pay|google\s*pay|contactless|t\.?\s*credito|cartao|carte\s"),
    ("total", _TOTAL),
    ("cash", r"\bcash|efectivo|contado|metalico|tunai|especes?\b|numerario"),
    ("tax", rf"\b{_TAX}\b|\b[sz]r\s*[@=(]"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)


def kind_of(folded: str) -> Kind:
    """Classify a row by its folded text; "plain" when no label is found."""
    return next((kind for kind, pattern in _COMPILED if pattern.search(folded)), "plain")
