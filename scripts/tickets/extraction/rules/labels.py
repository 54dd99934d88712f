"""What a row of a receipt is about, by its words: total, subtotal, tax, payment, change and so on.

The patterns are tried in order and the first one decides, so the exceptions stand before the rule ("total qty" before
"total"). They run over folded text and forgive the usual misreadings ("Totai", "T0TAL", "TOTL").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tickets.extraction.rules.words import any_of

if TYPE_CHECKING:
    import re

Kind = Literal[
    "summary", "count", "points", "change", "tip", "service", "subtotal", "tax_total", "grand_total", "rounding",
    "discount", "tendered", "card", "total", "cash", "tax", "amount", "plain",
]  # fmt: skip

_TOTAL = r"(?:t[o0][tfl]\.?[a@]?[l1i|](?!ly)|t[o0]ta\b)"
_TAX = r"(?:g\.?s\.?t|i\.?v\.?a|i\.?g\.?v|igic|ipsi|itbis|iepsi?|vat|tax|tva|sst|impuestos?|iss|icms|ipi)"
_INCLUDED = r"(?:inc[l1i]?|ine[l1]|incluid|indus|ttc|con\s+iva)"
_MONEY = r"\(?(?:eur|euros?|rm|myr|mxn|cop|clp|ars|pen|usd|gbp|s/|[$€£])"

_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "summary",
        any_of(
            rf"{_TAX}\s*(?:summary|sum[a-z]*ary|analysis|detail|code\b)",
            r"desglose|resumen",
            r"(?:tipo|%|iva)\s+base",
            r"base\s+(?:imponible\s+)?(?:%|cuota|iva|tipo)",
        ),
    ),
    (
        "count",
        any_of(
            rf"{_TOTAL}\s*(?:no\.?\s*)?(?:of\s*)?(?:qty|quan|item|it[e]?m|[a4]rt|pcs|unit|unid|piez|prod|linea|pax)",
            r"(?:item|qty)s?\s*(?:count|\(s\))",
            r"no\.?\s*of\s*item",
            r"num\.?\s*(?:de\s*)?art|articulos",
        ),
    ),
    ("points", any_of("saving", "ahorr", "puntos", r"\bpoints?\b", r"\bpoin", "loyalty", "fideli", "saldo")),
    (
        "change",
        any_of(
            r"change(?!d)",
            r"\bcambio(?!s)",
            "vuelto",
            r"\bvuelta\b",
            "devolver|devuelto",
            "troco",
            "rendu",
            r"\bbaki\b",
        ),
    ),
    ("tip", any_of("propina", r"\btips?\b", "gratuity", "gorjeta", "pourboire")),
    ("service", any_of(r"serv(?:ice|icio|\.)?\s*(?:ch(?:ar)?ge?|chg)", r"srv\s*ch", r"serv\.?\s*\d+\s*%", "cubierto")),
    (
        "subtotal",
        any_of(
            r"s[uo]b\s*-?\s*t[o0ce]t",
            rf"{_TOTAL}\s*(?:neto|net\b(?!.*pag))",
            "exc[l1ou]|exol",
            r"sin\s+(?:iva|imp)|antes\s+de|before\s+tax",
            rf"\bbase\b(?=\s*(?:$|imp|{_TAX}|grav|[\d(:.%€$]|s/))|\bht\b|taxable|gravad[oa]|exent|supplies|inafect",
            r"importe\s+neto|op\.\s|^(?:monto\s+)?neto\b(?!.*(?:total|pagar))",
        ),
    ),
    (
        "tax_total",
        any_of(rf"{_TOTAL}\s*(?:de\s+|del\s+)?{_TAX}(?!.*{_INCLUDED})", rf"{_TAX}\s*{_TOTAL}", "cuota"),
    ),
    (
        "grand_total",
        any_of(
            rf"(?:grand|final|net+o?|gran)\s*{_TOTAL}",
            rf"{_TOTAL}.*(?:{_INCLUDED}|round|redonde|payable|due|pagar|a\s+cobrar|general|amount|sales)",
            rf"{_TOTAL}.*(?:factura|ticket|compra|venta)",
            r"(?:amount|balance|importe|total)\s*due|^due\b",
            r"a\s+pagar|net\s+a\s+payer",
            rf"importe\s+{_TOTAL}|{_TOTAL}\s*{_MONEY}",
        ),
    ),
    ("rounding", any_of("round", "redonde", "pembulatan", "arrond")),
    (
        "discount",
        any_of(
            r"\bdis[ce](?!o)", r"descuento|\bdto\b|\bdcto|\bdesc\.?\b", "rebaja", "bonific", "promo", "cupon|coupon"
        ),
    ),
    (
        "tendered",
        any_of(
            "tender", "entreg", "recibid|received", "pagad[oa]", r"su\s+pago", r"\bpaid\b|^pay(?:ment)?\b", "dinheiro"
        ),
    ),
    (
        "card",
        any_of(
            "visa|master|amex|maestro",
            r"debit|\bcredit|credito",
            r"tarjeta|\bcard\b|cartao|carte\s",
            r"bizum|apple\s*pay|google\s*pay|contactless",
        ),
    ),
    ("total", any_of(_TOTAL)),
    ("cash", any_of(r"\bcash", "efectivo", "contado", "metalico", "tunai", r"especes?\b", "numerario")),
    ("tax", any_of(rf"\b{_TAX}(?:\b|(?=\d))", r"\b[sz]r\s*[@=(]")),
    ("amount", any_of(r"^(?:importe|monto|valor)\b")),
)


def kind_of(folded: str) -> Kind:
    """Classify a row by its folded text; "plain" when no label is found."""
    return next((kind for kind, pattern in _PATTERNS if pattern.search(folded)), "plain")
