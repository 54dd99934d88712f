"""What a short text of a sender says about a receipt: yes, no, or the right total. No I/O.

Whatever is not plainly one of these says nothing: a total is changed by a text that is an amount and nothing else.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from kit import money

Kind = Literal["yes", "no", "amount", "nothing"]

LONGEST = 60
_REFERENCE = re.compile(r"\bT-?([0-9A-Z]{10})\b", re.IGNORECASE)
_YES = {
    "si",
    "ok",
    "okay",
    "okey",
    "vale",
    "correcto",
    "correcta",
    "es correcto",
    "esta bien",
    "yes",
    "correct",
    "👍",
    "✅",
}
_NO = {"no", "incorrecto", "incorrecta", "no es correcto", "esta mal", "mal", "wrong", "not correct", "👎", "❌"}
# Marks that say nothing: skin tones and the sign that an emoji is one.
_SILENT = re.compile("[\ufe0f\u200d\U0001f3fb-\U0001f3ff]")
_AMOUNT = re.compile(
    r"""(?:(?:no|no,)\s+)?(?:(?:el|es|son|eran|fueron|total|importe|the|is|it\ is|was|de|:|=)\s*)*
        (?P<before>€|\$|[a-z]{3}(?=\s))?\s*
        (?P<whole>\d{1,3}(?:[., ]\d{3})+|\d{1,9})(?:[.,](?P<cents>\d{1,2}))?
        \s*(?P<after>€|\$|euros?|pesos?|[a-z]{3})?""",
    re.VERBOSE | re.ASCII,
)
_GROUPS = re.compile(r"\d{1,3}(?:(?P<sign>[., ])\d{3})(?:(?P=sign)\d{3})*", re.ASCII)
_EUROS = {"€", "euro", "euros"}
_DOLLARS = ("USD", "MXN", "ARS", "CLP", "COP", "UYU", "DOP")


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says; `total` for an amount, `reference` when it names a ticket."""

    kind: Kind
    total: Decimal | None = None
    reference: str | None = None


def read(text: str, currency: str | None) -> Said:
    """Read a text.

    Args:
        text: as it was sent.
        currency: of the receipt that is asked about, ISO 4217: an amount in another one says nothing.
    """
    references = {f"T-{found.upper()}" for found in _REFERENCE.findall(text)}
    if len(references) > 1 or len(text) > LONGEST:
        return Said("nothing")
    reference = next(iter(references), None)
    plain = _plain(_REFERENCE.sub(" ", text))
    if plain in _YES:
        return Said("yes", reference=reference)
    if plain in _NO:
        return Said("no", reference=reference)
    total = _total(plain, currency)
    return Said("nothing" if total is None else "amount", total, reference)


def _plain(text: str) -> str:
    """Lower case, without accents, doubled blanks, and the punctuation that people put around an answer."""
    composed = unicodedata.normalize("NFD", _SILENT.sub("", text)).casefold()
    bare = "".join(char for char in composed if not unicodedata.combining(char))
    return " ".join(bare.split()).strip(" .!¡¿;:,*_\"'")


def _total(plain: str, currency: str | None) -> Decimal | None:
    found = _AMOUNT.fullmatch(plain)
    if not found or not _same_currency([found["before"], found["after"]], currency):
        return None
    whole, cents = found["whole"], found["cents"]
    has_cents = money.minor_digits(currency or "EUR") > 0
    grouped = _GROUPS.fullmatch(whole)
    if not whole.isdigit() and not grouped:
        return None  # 1.234,567: two signs for groups
    if grouped and cents and plain[found.end("whole")] == grouped["sign"]:
        return None  # 1.234.56: one sign for groups and cents
    if grouped and not cents and has_cents:
        return None  # 1.234: a thousand, or three decimals of something
    if cents and not has_cents:
        return None
    return Decimal(re.sub(r"\D", "", whole) + (f".{cents}" if cents else ""))


def _same_currency(named: list[str | None], currency: str | None) -> bool:
    for name in named:
        if name is None:
            continue
        if name in _EUROS:
            if currency != "EUR":
                return False
        elif name == "$" or name.startswith("peso"):
            if currency not in _DOLLARS:
                return False
        elif name.upper() != currency and not (name == "eur" and currency == "EUR"):
            return False
    return True
