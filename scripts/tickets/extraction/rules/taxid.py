"""The merchant's tax number, and the country it tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module

_LABELLED = re.compile(
    r"\b(?P<label>n\.?\s?i\.?\s?f|c\.?\s?i\.?\s?f|r\.?\s?f\.?\s?c|n\.?\s?i\.?\s?t|r\.?\s?u\.?\s?c|c\.?\s?u\.?\s?i\.?\s?t|r\.?\s?u\.?\s?t|"
    r"cnpj|nipc|contribuinte|p\.?\s?iva|siret|vat|ust-?id\w*|abn|gst|gstin?|ice|tax\s?id|dni)\b\.?"
    r"(?:\s*(?:/\s*[a-z.]{2,6}|reg[a-z]*\b|id|n[o0]m?|number|nro|#)\.?)*\s*[.:;#)-]*\s*(?P<number>[a-z]{0,4}[\s-]?\d[\da-z\s./-]{5,18})",
    re.IGNORECASE,
)
_SPANISH = re.compile(
    r"(?<![A-Z0-9])(?:ES)?[-\s]?([ABCDEFGHJNPQRSUVW][-\s]?\d{8}|[ABCDEFGHJNPQRSUVW][-\s]?\d{7}[A-J]|[XYZ]?[-\s]?\d{7,8}[-\s]?[A-Z])(?![A-Z0-9])"
)
# Label or form -> the checks to try, in order: (country, module of python-stdnum).
_CHECKS: tuple[tuple[str, str], ...] = (
    ("ES", "es.nif"),
    ("MX", "mx.rfc"),
    ("AR", "ar.cuit"),
    ("CL", "cl.rut"),
    ("CO", "co.nit"),
    ("PE", "pe.ruc"),
    ("EC", "ec.ruc"),
    ("UY", "uy.rut"),
    ("PY", "py.ruc"),
    ("DO", "do.rnc"),
    ("BR", "br.cnpj"),
    ("PT", "pt.nif"),
    ("IT", "it.iva"),
    ("FR", "fr.tva"),
    ("DE", "de.vat"),
    ("GB", "gb.vat"),
    ("AU", "au.abn"),
)
_BY_LABEL = {
    "nif": ("ES", "PT"),
    "cif": ("ES",),
    "dni": ("ES",),
    "rfc": ("MX",),
    "nit": ("CO",),
    "ruc": ("PE", "EC", "PY"),
    "cuit": ("AR",),
    "rut": ("CL", "UY"),
    "cnpj": ("BR",),
    "nipc": ("PT",),
    "contribuinte": ("PT",),
    "piva": ("IT",),
    "abn": ("AU",),
    "vat": ("GB", "ES", "DE", "FR", "PT", "IT"),
}


_LIKE_B = {"8", "0", "6", "3"}  # as engines misread the letter of Spain's limited companies
_SPANISH_LENGTH = 9
_SHORTEST = 7  # characters: no country's tax number has fewer


@dataclass(frozen=True)
class TaxId:
    """A tax number without separators; ``country`` and ``valid`` are known when a checksum says so."""

    number: str
    row: int
    country: str | None
    valid: bool
    score: float


def find_tax_id(texts: list[str]) -> TaxId | None:
    """Choose the first number whose checksum holds, else the first labelled one."""
    found = [candidate for row, text in enumerate(texts) for candidate in _candidates(row, text)]
    return max(found, key=lambda item: (item.valid, item.score, -item.row), default=None)


def country_of(number: str, countries: tuple[str, ...] = ()) -> str | None:
    """The country whose checksum a number satisfies, or ``None``."""
    for country, module in _CHECKS:
        if (not countries or country in countries) and import_module(f"stdnum.{module}").is_valid(number):
            return country
    return None


def looks_spanish(number: str) -> bool:
    """Tell whether a number has the form of a Spanish NIF, whatever its control character."""
    return bool(_SPANISH.fullmatch(number))


def _candidates(row: int, text: str) -> list[TaxId]:
    """Labelled numbers of a row, and Spanish ones without a label."""
    found: list[TaxId] = []
    for match in _LABELLED.finditer(text):
        label = re.sub(r"[^a-z]", "", match["label"].lower())
        number = _trimmed(match["number"])
        number, country = _valid_head(number, _BY_LABEL.get(label, ()))
        if len(number) >= _SHORTEST:
            found.append(TaxId(number, row, country, country is not None, 0.97 if country else 0.6))
    for match in _SPANISH.finditer(text.upper()):
        number = re.sub(r"[\s-]", "", match[1])
        if country_of(number, ("ES",)):
            found.append(TaxId(number, row, "ES", valid=True, score=0.95))
    return found


def _valid_head(number: str, countries: tuple[str, ...]) -> tuple[str, str | None]:
    """Cut off what the next word left at a number ("B38757910TEL91"): the longest head whose checksum holds."""
    for size in range(len(number), _SHORTEST - 1, -1) if countries else ():
        if country := country_of(number[:size], countries):
            return number[:size], country
    head = re.split(r"TEL|FAX|FEC|MOV", number)[0]
    if "ES" in countries and number[:1] in _LIKE_B and country_of(f"B{number[1:_SPANISH_LENGTH]}", ("ES",)):
        return f"B{number[1:_SPANISH_LENGTH]}", "ES"
    return head, None


def _trimmed(raw: str) -> str:
    """A number without separators and without the words that follow it."""
    head = re.split(r"\s{2,}|\s(?=[A-Za-z]{2,})|\s(?=\d{1,2}[/.-]\d{1,2}[/.-])", raw.strip())[0]
    return re.sub(r"[\s./-]", "", head).upper()
