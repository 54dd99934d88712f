"""Task: verify a post of ManyChat, store its event, and write what waits to HubSpot."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kit import db, logging, secrets, task
from kit.errors import RefusedInputError, TerminalError, UnavailableError
from leads import inbox, run_collector, webhook
from leads.collect import Collected


class Inputs(task.TaskInputs):
    """The stored body and the headers as Kestra gives them, a JSON map of lists.

    `started_at` is when the post came, ISO 8601.
    """

    body_file: str
    headers: str = "{}"
    started_at: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Take a lead in, and collect.

    Returns:
        `key` and `lead` (`stored`, `repeated`, `none`) of the post, the outcome, and what
        `run_collector.outputs` tells.
    """
    try:
        return _take_in(Path(inputs.body_file).read_bytes(), inputs, ctx)
    except RefusedInputError as refused:
        logging.get(__name__).warning("webhook.refused", code=refused.code)
        ctx.counter("webhooks_refused", 1, code=refused.code)
        return _outputs("", "none", Collected()) | {"outcome": {"code": refused.code, "message": refused.message}}
    except TerminalError as error:
        # A secret or a migration that is missing: the post is good, so it waits until somebody has mended that.
        raise UnavailableError(error.message, code=error.code, next_action=error.next_action) from error


def _take_in(body: bytes, inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    webhook.verify(body, json.loads(inputs.headers) or {}, secrets.live(webhook.SECRET))
    event = webhook.parse(body)
    with db.connect() as conn:
        lead = "stored" if inbox.store(conn, event, ctx.execution_id, _queued_s(inputs.started_at)) else "repeated"
        ctx.counter("leads_events", 1, lead=lead)
        return _outputs(event.key, lead, run_collector.collect_waiting(conn, ctx))


def _queued_s(started_at: str) -> float:
    """How long a post lay in Kestra's queue."""
    try:
        started = datetime.fromisoformat(started_at)
    except ValueError:
        return 0.0
    return max(0.0, (datetime.now(UTC) - started.astimezone(UTC)).total_seconds())


def _outputs(key: str, lead: str, made: Collected) -> dict[str, Any]:
    return {"key": key, "lead": lead, **run_collector.outputs(made)}


if __name__ == "__main__":
    task.main(Inputs, run)
