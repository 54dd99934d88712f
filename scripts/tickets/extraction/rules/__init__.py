"""From a page of text to the fields of a receipt, by rules: Spanish, Latin American and English forms."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tickets.extraction.model import Evidence, Extraction, Receipt
from tickets.extraction.rules.dates import find_date, find_time
from tickets.extraction.rules.document import find_document
from tickets.extraction.rules.lines import find_lines
from tickets.extraction.rules.locale import find_locale
from tickets.extraction.rules.merchant import find_merchant
from tickets.extraction.rules.payment import find_payment
from tickets.extraction.rules.reading import read_page
from tickets.extraction.rules.taxes import find_taxes
from tickets.extraction.rules.taxid import find_tax_id
from tickets.extraction.rules.totals import around, find_total

if TYPE_CHECKING:
    from datetime import date

    from tickets.extraction.model import TaxLine
    from tickets.extraction.page import Page
    from tickets.extraction.rules.reading import Reading

__all__ = ["extract"]


def extract(page: Page, country: str, today: date) -> Extraction:
    """Find the fields of a receipt.

    Args:
        page: What the OCR read.
        country: ISO 3166 code of the country to assume when the receipt tells none.
        today: The day of reception; no receipt is younger.

    Returns:
        The receipt with a score and the evidence for each field found; ``attempts`` is the caller's to fill.
    """
    reading = read_page(page)
    texts = reading.texts
    found: dict[str, tuple[object, float, int | None]] = {}
    tax_id = find_tax_id(texts)
    if tax_id:
        found["tax_id"] = (tax_id.number, tax_id.score, tax_id.row)
    place = find_locale(texts, tax_country=tax_id.country if tax_id else None, default_country=country)
    found["currency"] = (place.currency, place.currency_score, place.currency_row)
    _find_texts(reading, found)
    if issued := find_date(texts, today, month_first=place.month_first):
        found["issued_on"] = (
            issued.value,
            issued.score - 0.2 * (issued.ambiguous and place.month_first and not place.sure),
            issued.row,
        )
        if clock := find_time(texts, issued.row):
            found["issued_time"] = (clock, 0.9, issued.row)
    _find_amounts(reading, found)
    return _extraction(page, found)


def _find_texts(reading: Reading, found: dict[str, tuple[object, float, int | None]]) -> None:
    """Merchant, document number and payment method."""
    if merchant := find_merchant(reading):
        found["merchant"] = (merchant.name, merchant.score, merchant.row)
    if document := find_document(reading.texts):
        found["document_number"] = (document.number, document.score, document.row)
    if payment := find_payment(reading):
        method, row, score = payment
        found["payment_method"] = (method, score, row)


def _find_amounts(reading: Reading, found: dict[str, tuple[object, float, int | None]]) -> None:
    """Lines, taxes, total and what stands around it."""
    lines = find_lines(reading)
    line_sum = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
    others = around(reading)
    taxes, tax_row = find_taxes(reading)
    total = find_total(reading, others, line_sum if lines else None, _taxed(taxes))
    if lines:
        found["lines"] = (lines, 0.9 if total and line_sum == total.value else 0.5, None)
    if taxes:
        found["taxes"] = (taxes, 0.9 if all(tax.base is not None for tax in taxes) else 0.6, tax_row)
    if total:
        found["total"] = (total.value, total.score, total.row)
    for name in ("subtotal", "tip", "discount"):
        if (value := getattr(others, name)) is not None:
            found[name] = (value, 0.7, None)


def _taxed(taxes: list[TaxLine]) -> Decimal | None:
    """Sum of bases and taxes, when every rate has both."""
    parts = [(line.base, line.amount) for line in taxes]
    if not parts or any(base is None or amount is None for base, amount in parts):
        return None
    return sum((value for pair in parts for value in pair if value is not None), Decimal(0))


def _extraction(page: Page, found: dict[str, tuple[object, float, int | None]]) -> Extraction:
    """Put what was found into the shape that every engine fills."""
    evidence = {
        name: Evidence(text=page.rows[row].text, box=page.rows[row].bounds)
        for name, (_, _, row) in found.items()
        if row is not None
    }
    return Extraction(
        receipt=Receipt.model_validate({name: value for name, (value, _, _) in found.items()}),
        scores={name: round(max(0.0, min(1.0, score)), 3) for name, (_, score, _) in found.items()},
        text=page.text,
        provider="ocr",
        evidence=evidence,
    )
