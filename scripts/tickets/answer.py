"""The answer to the sender, sent once: to a single picture at once, to a burst of pictures together."""

from typing import Any

from adapters import whatsapp
from kit import dates, db, effects, i18n, secrets, settings
from tickets import batch_text, batches, effect_keys, review_questions, store, texts


def send(message: store.Row, ticket: store.Row) -> str:
    """Tell the sender what became of the picture.

    Returns:
        `done`, `unknown`, or `batched`: other pictures of the same burst are still being read, and whoever comes last
        answers for all.
    """
    with db.connect() as conn:
        standing = batches.arrive(conn, message["ticket_id"], "ready")
    if standing.own == "open":
        return "batched"
    if standing.own == "told":
        return _summary(standing)
    return _once(message, compose(ticket), effect_keys.answer(message["ticket_id"]))


def send_failed(message: store.Row) -> str:
    """Tell the sender that the picture is kept and will be tried again.

    Returns:
        `done`, `unknown`, or `nothing`: the answer to the burst that the picture belongs to will tell it.
    """
    with db.connect() as conn:
        standing = batches.arrive(conn, message["ticket_id"], "troubled")
    if standing.own == "open":
        return "nothing"
    if standing.told:
        return _summary(standing)
    if len(standing.left) > 1:
        text = i18n.t("answer.batch.failed", count=len(standing.left))
        return _once(message, text, f"{standing.summary_key}:failed")
    text = i18n.t("answer.failed", ticket_id=message["ticket_id"])
    return _once(message, text, f"{effect_keys.answer(message['ticket_id'])}:failed")


def send_revised(message: store.Row, ticket: store.Row) -> str:
    """Tell the sender what a review made of the receipt; returns `done` or `unknown`."""
    text = i18n.t(f"answer.revised.{ticket['verdict']}", ticket_id=ticket["ticket_id"], summary=texts.summary(ticket))
    return _once(message, text, effect_keys.revised_answer(ticket))


def reply(message: store.Row, reply_to: str, text: str) -> str:
    """Answer a text that the sender of a picture wrote later; returns `done` or `unknown`.

    Args:
        message: the picture's message, which says who and from which of our numbers.
        reply_to: WhatsApp's id of the text.
        text: the answer.
    """
    return _once({**message, "message_id": reply_to}, text, f"reply:{reply_to}")


def compose(ticket: store.Row) -> str:
    """The answer in the language of the setting."""
    if ticket["duplicate_of"] and ticket["verdict"] == "review":
        return _duplicate(ticket)
    if parts := texts.parts(ticket):
        return i18n.t("answer.split", ticket_id=ticket["ticket_id"], count=len(parts), parts=", ".join(parts))
    found = texts.reasons(ticket)
    said = i18n.t(
        f"answer.{ticket['verdict']}",
        ticket_id=ticket["ticket_id"],
        summary=texts.summary(ticket),
        reason=found[0] if found else "",
    )
    asked = review_questions.question(ticket)
    return f"{said}\n{i18n.t(f'answer.ask.{asked}')}" if asked else said


def _summary(standing: batches.Standing) -> str:
    """Send the one answer to a burst, as a reply to its first picture."""
    with db.connect() as conn:
        told = [ticket for ticket_id in standing.told if (ticket := store.ticket(conn, ticket_id))]
    return _once(told[0], batch_text.compose(told, standing.left), standing.summary_key)


def _duplicate(ticket: store.Row) -> str:
    """The answer that names the ticket with which this receipt came first."""
    return i18n.t(
        f"answer.duplicate_{ticket['duplicate_kind']}",
        ticket_id=ticket["ticket_id"],
        first=ticket["duplicate_of"],
        date=dates.format_date(ticket["duplicate_sent_at"].date()),
        summary=texts.summary(ticket),
    )


def _once(message: store.Row, body: str, key: str) -> str:
    """Send through the effect ledger.

    A send whose end is unknown is looked up by the key that WhatsApp echoes in its status events; without such
    evidence it is not repeated.
    """
    effect = effects.perform(
        db.connect,
        key,
        "whatsapp.text",
        call=lambda: {"message_id": _send(message, body, key)},
        find=lambda: _delivered(key),
        on_unknown="give_up",
    )
    return effect.state


def _send(message: store.Row, body: str, key: str) -> str:
    client = whatsapp.Client(settings.get(), secrets.get("WHATSAPP_TOKEN"))
    return client.send_text(
        message["phone_number_id"],
        to=message["sender_phone"],
        recipient=None if message["sender_phone"] else message["sender_id"],
        body=body,
        reply_to=store.provider_id(message),
        callback=key,
    )


def _delivered(key: str) -> dict[str, Any] | None:
    with db.connect() as conn:
        status = store.delivered_answer(conn, key)
    return {"message_id": status["message_id"]} if status else None
