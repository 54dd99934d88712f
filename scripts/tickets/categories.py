"""What kind of expense a receipt is, and the account that it is booked to. Pure but for the rules' files."""

from typing import NamedTuple

from kit.text import fold
from tickets import category_rules
from tickets.extraction.model import Receipt
from tickets.store import Row

# A word in the merchant's name says more than one in a line.
_NAME_POINTS = 3


class Booking(NamedTuple):
    """A category and its account."""

    category: str
    account: str


def classify(receipt: Receipt, merchant: Row | None) -> Booking:
    """Choose the category: what people said of this merchant, the tax number's own, the words, else the default.

    Args:
        receipt: the normalised receipt.
        merchant: what is remembered of its merchant (`merchants.known`), or None.
    """
    rules = category_rules.load()
    learned = merchant and merchant["category"]
    if learned and learned in ids():
        return booking(learned)
    if receipt.tax_id in rules.merchants:
        return booking(rules.merchants[receipt.tax_id])
    return booking(_by_words(receipt) or rules.default_category)


def booking(category: str | None) -> Booking:
    """A category with its account; the defaults for none and for one that is no longer known."""
    rules = category_rules.load()
    accounts = {known.id: known.account for known in rules.categories}
    if category in accounts:
        return Booking(str(category), accounts[str(category)])
    return Booking(rules.default_category, rules.default_account)


def ids() -> tuple[str, ...]:
    """The categories that there are, in the order of the rules."""
    return tuple(category.id for category in category_rules.load().categories)


def _by_words(receipt: Receipt) -> str | None:
    """The category with most points; of equal ones the first of the file."""
    name = fold(receipt.merchant or "")
    lines = [fold(line.description) for line in receipt.lines]
    best, most = None, 0
    for words in category_rules.words():
        points = _NAME_POINTS * bool(words.names and words.names.search(name))
        points += sum(1 for line in lines if words.lines and words.lines.search(line))
        if points > most:
            best, most = words.category, points
    return best
