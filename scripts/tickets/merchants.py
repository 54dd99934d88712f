"""What is known of a merchant by its tax number: learned from accepted receipts and from people's corrections."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from kit.db import Connection
from tickets import store
from tickets.extraction import verdict
from tickets.extraction.model import Assessment, Reason, Receipt, Severity
from tickets.extraction.rules.taxid import country_of
from tickets.likeness import alike, label_key, merchant_key

# `accepted`: the machine accepted the receipt. `correction`: a person looked at it and said what is right.
Source = Literal["accepted", "correction"]

# Receipts from which what is unlike them is worth a word.
_ENOUGH = 3
_DOUBTS = ("merchant_missing", "merchant_uncertain")


def learn(
    conn: Connection, receipt: Receipt, category: str | None, source: Source, total_row: str | None = None
) -> bool:
    """Remember what a receipt says of its merchant, in the caller's transaction.

    A correction outweighs all readings, the latest one the others. A reading counts only when its receipt was accepted:
    call this with `accepted` for nothing else, so that what waits for a person teaches nothing. A category is learned
    from corrections alone, or the rules would confirm themselves.

    Args:
        conn: the connection whose transaction records the ticket or the correction.
        receipt: the fields as they stand now.
        category: the category as a person left it; ignored for `accepted`.
        source: who says so.
        total_row: the printed row that the total was read from.

    Returns:
        Whether there was a sound tax number to learn for.
    """
    tax_id = receipt.tax_id
    if not tax_id or not country_of(tax_id):
        return False
    correction = source == "correction"
    store.merchant_seen(conn, tax_id, correction=correction)
    for field, key, value in _votes(receipt, category if correction else None, total_row):
        store.merchant_vote(conn, tax_id, field, key, value, correction=correction)
    store.merchant_settle(conn, tax_id)
    return True


def known(conn: Connection, receipt: Receipt) -> store.Row | None:
    """What is remembered of the merchant whose tax number was read and is sound; None where that is nothing."""
    if not receipt.tax_id or not country_of(receipt.tax_id):
        return None
    return store.merchant(conn, receipt.tax_id)


def remembered(assessment: Assessment, merchant: store.Row | None, total_row: str | None = None) -> Assessment:
    """The assessment with what is known of its merchant; `total_row` is the printed row that the total was read from.

    A name that is missing, uncertain or spelt differently becomes the remembered one. A clear reading of another name
    stays, with a question: for a person where people had corrected the name, else for information.
    """
    if merchant is None or assessment.verdict == "reject":
        return assessment
    receipt, reasons = assessment.receipt, list(assessment.reasons)
    if merchant["name"]:
        receipt, reasons = _named(receipt, reasons, merchant)
    if merchant["receipts"] + merchant["corrections"] >= _ENOUGH:
        reasons += (*_unusual(receipt, merchant), *_elsewhere(total_row, merchant))
    changes = {"verdict": verdict.decide(reasons), "reasons": reasons, "receipt": receipt}
    return assessment.model_copy(update=changes)


def _named(receipt: Receipt, reasons: list[Reason], merchant: store.Row) -> tuple[Receipt, list[Reason]]:
    name, read = merchant["name"], receipt.merchant
    doubtful = any(reason.code in _DOUBTS for reason in reasons)
    if read == name and not doubtful:
        return receipt, reasons
    if read and not doubtful and not alike(read, name):
        severity: Severity = "review" if merchant["name_source"] == "correction" else "info"
        evidence = f"{merchant['tax_id']} is known as {name}, read was {read}"
        return receipt, [
            *reasons,
            Reason(code="merchant_differs", field="merchant", severity=severity, evidence=evidence),
        ]
    evidence = f"{merchant['tax_id']} is known as {name}" + (f", read was {read}" if read and read != name else "")
    kept = [reason for reason in reasons if reason.code not in _DOUBTS]
    note = Reason(code="merchant_remembered", field="merchant", severity="info", evidence=evidence)
    return receipt.model_copy(update={"merchant": name}), [*kept, note]


def _unusual(receipt: Receipt, merchant: store.Row) -> Iterator[Reason]:
    """Tax rates and a currency that this merchant never had."""
    usual = set(merchant["tax_rates"])
    new = sorted({tax.rate for tax in receipt.taxes if tax.rate is not None} - usual)
    if usual and new:
        evidence = f"{_listed(new)} % is new here; usual: {_listed(sorted(usual))} %"
        yield Reason(code="tax_rate_unusual", field="taxes", severity="info", evidence=evidence)
    if receipt.currency and merchant["currency"] and receipt.currency != merchant["currency"]:
        evidence = f"{receipt.currency}; usual: {merchant['currency']}"
        yield Reason(code="currency_unusual", field="currency", severity="info", evidence=evidence)


def _elsewhere(total_row: str | None, merchant: store.Row) -> Iterator[Reason]:
    """A total that was read from another row than this merchant's receipts usually print it in."""
    usual = merchant["total_row"]
    if total_row and usual and not alike(label_key(total_row), label_key(usual)):
        evidence = f"read from: {total_row}; usual: {usual}"
        yield Reason(code="total_row_unusual", field="total", severity="info", evidence=evidence)


def _votes(receipt: Receipt, category: str | None, total_row: str | None) -> Iterator[tuple[str, str, str]]:
    """Field, key for comparing and value of all that a receipt says of its merchant."""
    if receipt.merchant and (key := merchant_key(receipt.merchant)):
        yield "name", key, receipt.merchant
    if category:
        yield "category", category, category
    if receipt.currency:
        yield "currency", receipt.currency, receipt.currency
    if total_row and (key := label_key(total_row)):
        yield "total_row", key, total_row
    for rate in sorted({tax.rate for tax in receipt.taxes if tax.rate is not None}):
        plain = _listed([rate])
        yield "tax_rate", plain, plain


def _listed(rates: list[Decimal]) -> str:
    return ", ".join(f"{rate.normalize():f}" for rate in rates)
