"""Keys of a ticket's effects in the ledger. Who makes an effect and who looks whether it is done must agree on them."""

from tickets.queries import Row


def answer(ticket_id: str) -> str:
    """The answer to a picture."""
    return f"answer:{ticket_id}"


def revised_answer(ticket: Row) -> str:
    """The answer that tells what a review made of a receipt; each revision has its own."""
    return f"{answer(ticket['ticket_id'])}:r{ticket['revision']}"


def card(ticket_id: str) -> str:
    """The Slack card."""
    return f"slack:{ticket_id}"


def sheet_row(ticket: Row) -> str:
    """The row of the sheet; each revision has its own."""
    key = f"sheet:{ticket['ticket_id']}"
    return key if ticket["revision"] == 1 else f"{key}:r{ticket['revision']}"
