"""The merchant: the company's name in the head of the receipt, joined when it runs over two lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickets.extraction.rules.words import digits, fold, letters

if TYPE_CHECKING:
    from tickets.extraction.rules.reading import Entry, Reading

_HEAD_ROWS = 9
_COMPANY = re.compile(
    r"\b(?:sdn\.?\s?bhd|bhd|s/b|s\.?\s?l\.?\s?[uelp]?\.?|s\.?\s?a\.?\s?[su]?\.?|s\.?\s?c\.?\s?p?\.?|s\.?\s?coop|c\.?\s?b\.?|s\.? de r\.?l|"
    r"sa de cv|s\.a\. de c\.v|sapi|eirl|s\.?r\.?l|s\.?a\.?c|spa|ltda?|limited|inc|llc|corp|co|plc|gmbh|lda|sas|sarl|pte|cia)\.?(?=\W|$)"
)  # fmt: skip
_TRADE = re.compile(
    r"enterprise|trading|restaurant|restoran|hardware|supermerc|mercad|market|farmacia|pharmacy|panaderia|cafe|cafeteria|bar\b|"
    r"hotel|tienda|store|shop|mart\b|bakery|bakeries|bistro|ferreteria|libreria|papeleria|gasolinera|estacion|taller|asador|"
    r"pizzeria|taberna|meson|hostal|hipermer|bazar|optica|stationery|book|electric|motor|clinic|salon|grill|kitchen|marketing|autoservicio|"
    r"carniceria|pescaderia|fruteria|peluqueria|almacen|comercial|kedai|gallery|industri|parking|aparcamiento|taxi"
)
_ADDRESS = re.compile(
    r"^(?:no\.?\s?\d|lot\b|lote?\b|unit\b|level\b|calle\b|c/|avda?\b|av\.|avenida|plaza|paseo|carretera|ctra|jalan|jln|jin\b|taman|tmn|pt\s?\d|"
    r"rua\b|street|road|\d+[\s,]|\d+\w?[,-]|blk|block|poligono|pol\.|col\.|colonia|barrio|rue\b|urb|carrer|km\b|cp\b|ground|floor|blvd|boulevard)|"
    r"\b\d{4,5}\s+[a-z]|,\s*\d|street\b|\bjalan\b|\bjln\b|\broad\b|\bfloor\b"
)
_NOISE = re.compile(
    r"tax\s*inv|ta.?\s?invoice|invoice|^factura|simplificada|^recibo|receipt|ticket|tique|^tel|telf|phone|^fax|www\.|http|@|\.com|gst\b|"
    r"\bn\.?i\.?f\b|\bc\.?i\.?f\b|\brfc\b|\bnit\b|\bruc\b|\bcuit\b|\brut\b|reg\.?\s?no|company\s?(?:no|reg)|co\.?\s?reg|roc\s?no|bienvenid|welcome|"
    r"gracias|thank|cliente|customer|copy|copia|fecha|date\b|cashier|cajer|table\b|mesa\b|posted|original|duplicad|reprint|"
    r"order\b|pedido|bill\s?to|licensee|site\s?:|registered|goods sold|please|visit|returnable|exchange|ref\s?no|nota de venta|boleta|open\b|horario"
)
_REGISTRY = re.compile(r"[(\[]?\s*\b(?:co\.?\s?reg\S*\s*:?\s*)?[0-9A-Z]{0,4}\d{4,12}\s?[-–]\s?[A-Z]{1,2}\s*[)\]]?.*$")
_OPEN_END = re.compile(r"(?:[&(,\-+']|\band|\by|\bde|\bdel|\bla|\bof|\bthe)$", re.IGNORECASE)
_ONLY_SUFFIX = re.compile(r"^\(?(?:sdn\.?\s?bhd|bhd|s\.?l\.?u?|s\.?a\.?|s/b|ltd|inc|enterprise|trading)\.?\)?$")


@dataclass(frozen=True)
class Merchant:
    """A merchant's name as printed, its first row and a score."""

    name: str
    row: int
    score: float


def find_merchant(reading: Reading) -> Merchant | None:
    """Choose the merchant's name among the first rows."""
    head = _head(reading)
    scored = [(points, -entry.number, entry) for entry in head if (points := _points(entry, head)) > 0]
    if not scored:
        return None
    points, _, entry = max(scored)
    name = clean(_joined(reading, entry))
    return Merchant(name, entry.number, round(min(0.98, 0.45 + 0.09 * points) * min(1.0, entry.row.score + 0.03), 3))


def clean(text: str) -> str:
    """Cut registry numbers and decoration off a name."""
    bare = _REGISTRY.sub("", text)
    bare = re.sub(r"\((?:[\d\s-]+[A-Z]?|[A-Z]?\d[\dA-Z-]{3,})\)", "", bare)
    return re.sub(r"\s+", " ", bare).strip(" *-=_:;,|~<>\"'")


def _head(reading: Reading) -> list[Entry]:
    """Rows that may hold the name: the first ones, down to where items or amounts begin."""
    head: list[Entry] = []
    for entry in reading.entries:
        if entry.amounts or len(head) >= _HEAD_ROWS:
            break
        head.append(entry)
    return head


def _points(entry: Entry, head: list[Entry]) -> float:
    """How much a row looks like a company's name; at most about six."""
    name = clean(entry.row.text)
    folded = fold(name)
    if letters(name) < 3 or _NOISE.search(folded) or _ADDRESS.search(folded) or digits(name) > letters(name):  # noqa: PLR2004 shorter is no name
        return 0.0
    tallest = max(other.row.height for other in head)
    points = 2.0 - 0.3 * head.index(entry)
    points += 2.4 * bool(_COMPANY.search(folded)) + 1.2 * bool(_TRADE.search(folded))
    points += 0.8 * (entry.row.height > 0.85 * tallest) - 0.8 * (letters(name) < 5)  # noqa: PLR2004 logos read as scraps
    return points


def _joined(reading: Reading, entry: Entry) -> str:
    """The name with its continuation on the next row, when it has one."""
    text = entry.row.text
    following = reading.entries[entry.number + 1 : entry.number + 2]
    if not following:
        return text
    folded = fold(following[0].row.text)
    unbalanced = text.count("(") > text.count(")")
    if (_OPEN_END.search(text.strip()) or unbalanced or _ONLY_SUFFIX.search(folded)) and not _NOISE.search(folded):
        return f"{text} {following[0].row.text}"
    return text
