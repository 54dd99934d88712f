"""Task: verify a WhatsApp webhook over its exact bytes, record what it holds, and claim each new message."""

import json
from pathlib import Path
from typing import Any

from kit import claims, db, logging, secrets, settings, task, webhooks
from kit.db import Connection
from kit.errors import RefusedInputError, TerminalError, UnavailableError
from tickets import batches, replies, store, webhook
from tickets.items import Message, Parsed, Reply

SECRET = "WHATSAPP_APP_SECRET"  # noqa: S105 - the name of the secret, not its value
CLAIM_LEASE_S = 900


class Inputs(task.TaskInputs):
    """The stored body, and the headers as Kestra gives them: a JSON map of lists."""

    body_file: str
    headers: str = "{}"


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Accept or refuse one webhook; the outputs say which messages are new to us.

    Returns:
        `ticket_ids` to process, `replies` (texts that did something, by message id), `messages`, `duplicates`,
        `statuses` and `notices` as counts, and the outcome.
    """
    try:
        return _take_in(Path(inputs.body_file).read_bytes(), json.loads(inputs.headers), ctx)
    except RefusedInputError as refused:
        return _refused(refused, ctx)
    except TerminalError as error:
        # A secret or a migration that is missing: the post is good, so it waits until somebody has mended that.
        raise UnavailableError(error.message, code=error.code, next_action=error.next_action) from error


def _take_in(body: bytes, headers: dict[str, list[str]], ctx: task.Context) -> dict[str, Any]:
    _verify(body, headers)
    parsed = webhook.parse(body)
    with db.connect() as conn:
        ticket_ids = [found for message in parsed.messages if (found := _accept(conn, message, ctx))]
        _record(conn, parsed, ctx)
        told = [reply.message_id for reply in parsed.replies if _does_something(conn, reply, ctx)]
    return _accepted(parsed, ticket_ids, ctx) | {"replies": told}


def _verify(body: bytes, headers: dict[str, list[str]]) -> None:
    """Check the signature, unless a setting says not to; that is said each time, so that nobody forgets it."""
    if not settings.get().whatsapp_verify_signature:
        logging.get(__name__).warning("webhook.signature_not_checked", setting="OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE")
        return
    checked = webhooks.verify_sha256(body, headers, secrets.live(SECRET))
    if not checked.ok:
        raise RefusedInputError("The webhook is not signed by WhatsApp.", code=f"signature_{checked.code}")


def _refused(refused: RefusedInputError, ctx: task.Context) -> dict[str, Any]:
    logging.get(__name__).warning("webhook.refused", code=refused.code)
    ctx.counter("webhooks_refused", 1, code=refused.code)
    return {
        "ticket_ids": [],
        "replies": [],
        "messages": 0,
        "duplicates": 0,
        "statuses": 0,
        "notices": 0,
        "outcome": {"code": refused.code, "message": refused.message},
    }


def _accept(conn: Connection, message: Message, ctx: task.Context) -> str | None:
    """Claim a message by its provider's id; the claim and the row that it guards commit together.

    A retry of this very execution gets its own messages again: the attempt before may have died before its outputs
    reached the engine.
    """
    with db.transaction(conn):
        key = f"whatsapp:{message.message_id}"
        claim = claims.claim(conn, key, ctx.execution_id, CLAIM_LEASE_S)
        ours = claim.state == "won" or claim.holder == ctx.execution_id
        if claim.state == "won":
            store.insert_message(conn, message, ctx.execution_id)
            batches.join(conn, message)
            claims.complete(conn, key, ctx.execution_id, {"ticket_id": message.ticket_id})
        store.insert_delivery(conn, message.message_id, ctx.execution_id, duplicate=not ours)
    return message.ticket_id if ours else None


def _record(conn: Connection, parsed: Parsed, ctx: task.Context) -> None:
    with db.transaction(conn):
        for status in parsed.statuses:
            store.insert_status(conn, status)
        for notice in parsed.notices:
            store.insert_notice(conn, notice, ctx.execution_id)


def _does_something(conn: Connection, reply: Reply, ctx: task.Context) -> bool:
    """Whether a text settled a review, or must be answered."""
    made = replies.take(conn, reply, ctx)
    ctx.counter("webhook_replies", 1, outcome=made["outcome"])
    return bool(made["outcome"] != "ignored")


def _accepted(parsed: Parsed, ticket_ids: list[str], ctx: task.Context) -> dict[str, Any]:
    counts = {
        "messages": len(parsed.messages),
        "duplicates": len(parsed.messages) - len(ticket_ids),
        "statuses": len(parsed.statuses),
        "notices": len(parsed.notices),
    }
    for name, count in counts.items():
        ctx.counter(f"webhook_{name}", count)
    return {"ticket_ids": ticket_ids, **counts}


if __name__ == "__main__":
    task.main(Inputs, run)
