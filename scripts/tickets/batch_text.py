"""The one answer to a burst of pictures: a line each, in the order in which they came."""

from kit import i18n
from kit.text import truncate
from tickets import review_questions, texts
from tickets.store import Row

MERCHANT_CHARS = 40


def compose(told: list[Row], left: list[str]) -> str:
    """Write the summary in the language of the setting.

    Args:
        told: tickets that have their verdict, as `store.ticket` gives them.
        left: references of tickets of the same burst that have none yet.
    """
    accepted = sum(ticket["verdict"] == "accept" for ticket in told)
    # A picture that became several tickets has its line, but is none of the receipts.
    count = sum(not texts.parts(ticket) for ticket in told) + len(left)
    kind = "all" if accepted == count else "some"
    head = i18n.t(f"answer.batch.{kind}", accepted=accepted, count=count)
    waiting = [i18n.t("answer.batch.left", ticket_id=ticket_id) for ticket_id in left]
    return "\n".join([head, *(_line(ticket) for ticket in told), *waiting])


def _line(ticket: Row) -> str:
    """One picture; a doubt that its sender can settle says how, with the reference that tells which one is meant."""
    if parts := texts.parts(ticket):
        return i18n.t("answer.batch.split", ticket_id=ticket["ticket_id"], count=len(parts), parts=", ".join(parts))
    found = texts.reasons(ticket)
    merchant = truncate(texts.merchant(ticket), MERCHANT_CHARS)
    return i18n.t(
        f"answer.batch.{_kind(ticket)}",
        ticket_id=ticket["ticket_id"],
        summary=i18n.t("answer.summary", merchant=merchant, date=texts.issued_on(ticket), total=texts.total(ticket)),
        reason=found[0] if found else "",
        first=ticket["duplicate_of"],
    ).rstrip()


def _kind(ticket: Row) -> str:
    if ticket["verdict"] != "review":
        return str(ticket["verdict"])
    if ticket["duplicate_of"]:
        return "duplicate"
    return review_questions.question(ticket) or "review"
