"""Task: verify a post of ManyChat, store its event, and write what waits to HubSpot; without a post only the latter."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kit import db, logging, secrets, settings, task
from kit.db import Connection
from kit.errors import RefusedInputError, TerminalError, UnavailableError
from leads import collect, inbox, webhook
from leads.collect import Collected

TOKEN = "MANYCHAT_TOKEN"  # noqa: S105 - the name of the secret, not its value


class Inputs(task.TaskInputs):
    """The stored body and the headers as Kestra gives them, a JSON map of lists; a blank body is the sweep.

    `started_at` is when the post came, ISO 8601.
    """

    body_file: str = ""
    headers: str = "{}"
    started_at: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Take a lead in, and collect.

    Returns:
        `key` and `lead` (`stored`, `repeated`, `none`) of the post, `collected` with counts, `tell_manychat`,
        `tell_slack`, `alarm` (the code of what hinders all leads), and the outcome.
    """
    body = Path(inputs.body_file).read_bytes() if inputs.body_file else b""
    try:
        return _take_in(body, inputs, ctx)
    except RefusedInputError as refused:
        logging.get(__name__).warning("webhook.refused", code=refused.code)
        ctx.counter("webhooks_refused", 1, code=refused.code)
        return _outputs("", "none", Collected()) | {"outcome": {"code": refused.code, "message": refused.message}}
    except TerminalError as error:
        # A secret or a migration that is missing: the post is good, so it waits until somebody has mended that.
        raise UnavailableError(error.message, code=error.code, next_action=error.next_action) from error


def _take_in(body: bytes, inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    event = None
    if body:
        webhook.verify(body, json.loads(inputs.headers) or {}, secrets.live(webhook.SECRET))
        event = webhook.parse(body)
    with db.connect() as conn:
        stored = bool(event and inbox.store(conn, event, ctx.execution_id, _queued_s(inputs.started_at)))
        made = _collect(conn, ctx)
        lead = "none" if event is None else "stored" if stored else "repeated"
        ctx.counter("leads_events", 1, lead=lead)
        return _outputs(event.key if event else "", lead, made)


def _collect(conn: Connection, ctx: task.Context) -> Collected:
    made = collect.Collector(conn, _hubspot, ctx.execution_id, answer=bool(secrets.optional(TOKEN))).run()
    for kind, count in made.kinds.items():
        ctx.counter("leads_contacts", count, kind=kind)
    if made.state == "deferred":
        ctx.log.warning("leads.deferred", code=made.code, wait_s=round(made.wait_s, 1))
    return made


def _hubspot() -> Any:
    # It brings requests along, which an execution that only stores its event does not need.
    from adapters import hubspot

    return hubspot.Client(settings.get())


def _queued_s(started_at: str) -> float:
    """How long a post lay in Kestra's queue."""
    try:
        started = datetime.fromisoformat(started_at)
    except ValueError:
        return 0.0
    return max(0.0, (datetime.now(UTC) - started.astimezone(UTC)).total_seconds())


def _outputs(key: str, lead: str, made: Collected) -> dict[str, Any]:
    return {
        "key": key,
        "lead": lead,
        "collected": {
            "state": made.state,
            "code": made.code,
            "events": made.events,
            "batches": made.batches,
            **made.kinds,
        },
        "tell_manychat": made.events > 0,
        "tell_slack": made.alarm or made.troubles > 0,
        "alarm": made.code if made.alarm else "",
    }


if __name__ == "__main__":
    task.main(Inputs, run)
