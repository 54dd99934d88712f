"""Whether two receipts are one and the same: their fields compared, no I/O.

A picture alone never decides. Two receipts of one till that were photographed in the same way differ by fewer bits
than one receipt that was photographed twice, at 64 bits as at 1,024 (docs/duplicates.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from kit.text import fold
from tickets.extraction.rules.taxid import country_of

if TYPE_CHECKING:
    from datetime import date, time
    from decimal import Decimal

Kind = Literal["exact", "likely"]
# Of 64: a picture that was compressed or scaled anew differs by at most three.
NEAR_BITS = 4

_ALIKE = 0.85  # ratio of two readings of one name
_TELLING = 3  # characters from which an equal document number says something
_TAIL = 4  # characters of a number that was read without its series
_NEEDED = 2  # fields that must agree where the picture looks alike
_LEGAL_FORM = re.compile(
    r"\b(?:s\s?l\s?[uelp]?|s\s?a\s?[us]?|s\s?a\s?de\s?c\s?v|s\s?de\s?r\s?l(?:\s?de\s?c\s?v)?|s\s?coop|c\s?b|s\s?c|s\s?r\s?l|sas|"
    r"ltda?|limited|inc|llc|gmbh|bhd|sdn\s?bhd|corp|lda)$"
)
# What OCR takes for one another: letters of a name, digits of a number.
_AS_LETTERS = str.maketrans("01583", "olsbe", "")
_AS_DIGITS = str.maketrans("oqilszb", "0011528")


@dataclass(frozen=True)
class Facts:
    """What tells one receipt from another; None where it was not read."""

    merchant: str | None = None
    tax_id: str | None = None
    issued_on: date | None = None
    issued_time: time | None = None
    document_number: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    image_sha256: str | None = None
    perceptual_hash: str | None = None


def compare(new: Facts, old: Facts) -> Kind | None:
    """Say whether two tickets show one receipt.

    Returns:
        `exact`: the same file, or merchant, date, total and document number agree. `likely`: merchant, date and total
        agree and nothing contradicts; or the pictures look alike and enough fields agree. None: not the same.
    """
    if new.image_sha256 and new.image_sha256 == old.image_sha256:
        return "exact"
    agree = agreement(new, old)
    if False in agree.values():
        return None
    core = agree["issued_on"] and agree["total"]
    if core and agree["merchant"]:
        return "exact" if agree["document_number"] else "likely"
    if core and agree["document_number"]:
        return "likely"
    telling = ("merchant", "document_number", "issued_on", "total")
    certain = agree["total"] or agree["document_number"]
    enough = certain and sum(agree[name] is True for name in telling) >= _NEEDED
    return "likely" if enough and bits_apart(new, old) <= NEAR_BITS else None


def agreement(new: Facts, old: Facts) -> dict[str, bool | None]:
    """Field by field: True where both agree, False where they contradict, None where one of them says nothing."""
    return {
        "merchant": _same_merchant(new, old),
        "issued_on": _same(new.issued_on, old.issued_on),
        # A till prints the minute: the same purchase has the same one.
        "issued_time": _same(_minute(new.issued_time), _minute(old.issued_time)),
        "total": _same(new.total, old.total),
        "currency": _same(new.currency, old.currency),
        "document_number": _same_number(new.document_number, old.document_number),
    }


def bits_apart(new: Facts, old: Facts) -> int:
    """Bits in which the pictures' hashes differ, 0 to 64; 64 where one is missing."""
    if not new.perceptual_hash or not old.perceptual_hash:
        return 64
    return (int(new.perceptual_hash, 16) ^ int(old.perceptual_hash, 16)).bit_count()


def merchant_key(name: str) -> str:
    """A name for comparing: without accents, case, punctuation and legal form; `Bar Ñandú, S.L.` is `bar nandu`."""
    plain = " ".join(re.sub(r"[^a-z0-9]+", " ", fold(name)).split())
    return _LEGAL_FORM.sub("", plain).strip() or plain


def number_key(number: str) -> str:
    """A document number for comparing: letters and digits, with those that OCR confuses as one."""
    return re.sub(r"[^a-z0-9]", "", fold(number)).translate(_AS_DIGITS)


def label_key(row: str) -> str:
    """The words of a row beside its amounts, for comparing; `T0TAL A PAGAR: 21,75 EUR` is `totalapagareur`."""
    words = [word for word in fold(row).split() if sum(map(str.isalpha, word)) > sum(map(str.isdigit, word))]
    return re.sub(r"[^a-z]", "", "".join(words).translate(_AS_LETTERS))


def alike(one: str, other: str) -> bool:
    """Whether two names may be two readings of the same one."""
    keys = [merchant_key(name).translate(_AS_LETTERS).replace(" ", "") for name in (one, other)]
    return keys[0] == keys[1] or SequenceMatcher(None, keys[0], keys[1], autojunk=False).ratio() >= _ALIKE


def _same(one: object, other: object) -> bool | None:
    return None if one is None or other is None else one == other


def _minute(moment: time | None) -> tuple[int, int] | None:
    return (moment.hour, moment.minute) if moment else None


def _same_merchant(new: Facts, old: Facts) -> bool | None:
    """By tax number where both have a sound one, else by name."""
    if new.tax_id and new.tax_id == old.tax_id:
        return True
    if new.tax_id and old.tax_id and country_of(new.tax_id) and country_of(old.tax_id):
        return False
    return alike(new.merchant, old.merchant) if new.merchant and old.merchant else None


def _same_number(one: str | None, other: str | None) -> bool | None:
    """Short numbers that are equal prove nothing, nor do those of which one lacks its series."""
    keys = [number_key(number) for number in (one, other) if number]
    if len(keys) < 2 or not all(keys):  # noqa: PLR2004 one of each
        return None
    short, long = sorted(keys, key=len)
    if short == long:
        return True if len(short) >= _TELLING else None
    return None if len(short) >= _TAIL and long.endswith(short) else False
