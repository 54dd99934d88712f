"""Task: tell the sender what became of the picture, once."""

from typing import Any

from adapters import whatsapp
from kit import db, effects, i18n, secrets, settings, task
from tickets import store, texts


class Inputs(task.TaskInputs):
    """The ticket to answer; `failed` when it could not be finished for now."""

    ticket_id: str
    failed: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Send the answer through the effect ledger.

    A send whose end is unknown is looked up by the key that WhatsApp echoes in its status events; without such
    evidence it is not repeated, because people mind a doubled answer more than the sheet minds a missing one.

    Returns:
        `message_id` of the answer, and `answered`: `done`, `unknown` or `nothing`.
    """
    with db.connect() as conn:
        ticket = store.ticket(conn, inputs.ticket_id)
        message = store.message(conn, inputs.ticket_id)
    if message is None or (ticket is None and not inputs.failed):
        return {"answered": "nothing", "message_id": None}
    key = f"answer:{inputs.ticket_id}" + (":failed" if inputs.failed else "")
    body = i18n.t("answer.failed", ticket_id=inputs.ticket_id) if inputs.failed or not ticket else compose(ticket)
    effect = effects.perform(
        db.connect,
        key,
        "whatsapp.text",
        call=lambda: {"message_id": _send(message, body, key)},
        find=lambda: _delivered(key),
        on_unknown="give_up",
    )
    ctx.counter("answers", 1, state=effect.state)
    return {"answered": effect.state, "message_id": effect.result.get("message_id")}


def compose(ticket: store.Row) -> str:
    """The answer to the sender, in the language of the setting."""
    found = texts.reasons(ticket)
    return i18n.t(
        f"answer.{ticket['verdict']}",
        ticket_id=ticket["ticket_id"],
        summary=texts.summary(ticket),
        reason=found[0] if found else "",
    )


def _send(message: store.Row, body: str, key: str) -> str:
    client = whatsapp.Client(settings.get(), secrets.get("WHATSAPP_TOKEN"))
    return client.send_text(
        message["phone_number_id"],
        to=message["sender_phone"],
        recipient=None if message["sender_phone"] else message["sender_id"],
        body=body,
        reply_to=message["message_id"],
        callback=key,
    )


def _delivered(key: str) -> dict[str, Any] | None:
    with db.connect() as conn:
        status = store.delivered_answer(conn, key)
    return {"message_id": status["message_id"]} if status else None


if __name__ == "__main__":
    task.main(Inputs, run)
