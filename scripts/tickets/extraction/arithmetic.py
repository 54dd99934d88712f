"""The sums of a receipt: which of its amounts give the total."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickets.extraction.model import Receipt

SLACK = Decimal("0.05")  # rounding of each rate and of cash totals


def tax_of(receipt: Receipt) -> Decimal:
    """The taxes' sum; zero where none was read."""
    return sum((tax.amount or Decimal(0) for tax in receipt.taxes), Decimal(0))


def lines_of(receipt: Receipt) -> Decimal | None:
    """The lines' sum; None where no line has an amount."""
    amounts = [line.amount for line in receipt.lines if line.amount is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def gives_total(part: Decimal, receipt: Receipt) -> bool:
    """Tell whether a sum, with or without taxes, tip and discount, is the receipt's total."""
    if receipt.total is None:
        return False
    extras = (receipt.tip or Decimal(0)) - (receipt.discount or Decimal(0))
    added = [plus + more for plus in (Decimal(0), tax_of(receipt)) for more in (Decimal(0), extras)]
    return any(abs(part + more - receipt.total) <= SLACK for more in added)


def confirms(receipt: Receipt) -> bool:
    """Tell whether the lines, the subtotal with its taxes, or the table of taxes give the total."""
    lines, tax = lines_of(receipt), tax_of(receipt)
    if lines is not None and gives_total(lines, receipt):
        return True
    if receipt.subtotal is not None and tax and gives_total(receipt.subtotal, receipt):
        return True
    bases = [entry.base for entry in receipt.taxes]
    known = [base for base in bases if base is not None]
    return bool(tax) and len(known) == len(bases) and gives_total(sum(known, Decimal(0)), receipt)
