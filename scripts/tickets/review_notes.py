"""What Slack is told of a review: that it is open and where to decide, reminders, its escalation, its end."""

from typing import Any

from adapters.slack import once
from kit import db, effects, i18n, links, notify, settings, task
from tickets import effect_keys, review_link, reviews, store, texts
from tickets.store import Row

Blocks = list[dict[str, Any]]
FLOW = "whatsapp_ticket_review"


def post_opened(review: Row, ctx: task.Context) -> str:
    """Say that a receipt waits for a decision, and where to make it."""
    return _post(review, "opened", ctx)


def post_reminder(review: Row, number: int, ctx: task.Context) -> str:
    """Say again that it waits; `number` counts from 1."""
    return _post(review, f"reminder:{number}", ctx)


def post_escalation(review: Row, ctx: task.Context) -> str:
    """Say to those whom the setting names that nobody has decided yet."""
    return _post(review, "escalated", ctx)


def post_doubted(review: Row, ctx: task.Context) -> str:
    """Say that the sender does not agree with what was read, or may not settle it alone."""
    return _post(review, "doubted", ctx)


def post_ended(review: Row, ctx: task.Context) -> str:
    """Say what was decided, or that nobody decided in time."""
    return _post(review, "expired" if review["state"] == "expired" else "applied", ctx)


def blocks(review: Row, ticket: Row, event: str, links: list[str]) -> Blocks:
    """The note: what is the matter, the receipt in one line, the reasons, and where to decide."""
    what = event.partition(":")[0]
    mention = settings.get().review_escalate_to if what in ("escalated", "expired") else None
    said = _said(review, ticket, event)
    doubts = texts.reasons(ticket) if review["state"] == "open" else []
    parts = [notify.section(f"*{said}*\n{texts.summary(ticket)}", doubts)]
    # A mention is markup of ours, checked by the settings; everything else in the note is escaped.
    small = [*([mention] if mention else []), *links]
    return [*parts, notify.context(small)] if small else parts


def _post(review: Row, event: str, ctx: task.Context) -> str:
    """Post once an event and an opening; `done`, `unknown`, or `nothing` where Slack is not set up."""
    with db.connect() as conn:
        ticket = store.ticket(conn, review["ticket_id"])
        if ticket is None:
            return "nothing"
        thread = _thread(conn, review["ticket_id"])
    said = _said(review, ticket, event)
    found = blocks(review, ticket, event, _links(review, ctx))
    return once.post(reviews.note_key(review, event), found, said, thread_ts=thread)


def _said(review: Row, ticket: Row, event: str) -> str:
    """What is the matter, in one sentence."""
    by = review["decided_by"] or ""
    return i18n.t(f"review.note.{event.partition(':')[0]}", ticket_id=ticket["ticket_id"], by=by)


def _thread(conn: db.Connection, ticket_id: str) -> str | None:
    """The receipt's card, in whose thread notes belong; only a bot token tells where that is."""
    card = effects.result(conn, effect_keys.card(ticket_id))
    return str(card["ts"]) if card and card.get("ts") else None


def _links(review: Row, ctx: task.Context) -> list[str]:
    """Where to decide, while that is possible: the console's page, and the execution that waits in Kestra."""
    if review["state"] != "open":
        return []
    page = review_link.url(review["review_id"], i18n.t("review.by.slack"), review["expires_at"])
    waiting = links.execution_of(review["execution_id"], FLOW, ctx.namespace)
    found = (("review.link.page", page), ("card.link.execution", waiting))
    return [f"<{url}|{i18n.t(name)}>" for name, url in found if url]
