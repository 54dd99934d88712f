"""The Slack card of a ticket, posted once."""

from adapters.slack import once
from kit import dates, db, i18n, links, task
from tickets import card, effect_keys, spend, store


def post(ticket_id: str, document_uri: str | None, ctx: task.Context) -> str:
    """Post the card as the ticket stands now; `done`, `unknown`, or `nothing` where Slack is not set up.

    Args:
        ticket_id: the ticket.
        document_uri: where this execution stored the document; None: where an earlier one did.
        ctx: the task, for links.
    """
    with db.connect() as conn:
        ticket = store.ticket(conn, ticket_id)
    if ticket is None:
        return "nothing"
    document_url = links.file(document_uri or ticket["document_uri"], ctx)
    blocks = card.blocks(ticket, links.execution(ctx), document_url)
    return once.post(effect_keys.card(ticket_id), blocks, card.text(ticket))


def post_problem(ticket_id: str, code: str, message: str, ctx: task.Context) -> str:
    """Post, once a code, that a ticket could not be finished."""
    blocks = card.problem(ticket_id, code, message, links.execution(ctx))
    return once.post(f"{effect_keys.card(ticket_id)}:problem:{code}", blocks, card.problem_text(ticket_id, code))


def post_spend_cap(ticket_id: str) -> str:
    """Post, once a day, that a cap on the model's cost is reached, when this ticket felt it."""
    with db.connect() as conn:
        ticket = store.ticket(conn, ticket_id)
    if ticket is None or all(reason["code"] != spend.CODE for reason in ticket["reasons"]):
        return "nothing"
    day = dates.format_date(dates.today())
    return once.post(f"slack:spend_cap:{dates.today()}", card.spend_cap(day), i18n.t("card.spend_cap", day=day))
