"""Task: verify a webhook of HubSpot over its exact bytes, and bring what it tells to the leads."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.hubspot import signature
from kit import dates, db, logging, secrets, settings, task
from kit.errors import RefusedInputError, TerminalError, UnavailableError
from leads import events_parse, mapping
from leads.events_apply import Listener

SECRET = "HUBSPOT_CLIENT_SECRET"  # noqa: S105 - the name of the secret, not its value


class Inputs(task.TaskInputs):
    """The stored body, the headers as Kestra gives them (a JSON map of lists), and when the post arrived."""

    body_file: str
    headers: str = "{}"
    received_at: datetime


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Take in or refuse one webhook.

    Returns:
        `events` by what became of them, and the outcome.
    """
    try:
        return _take_in(Path(inputs.body_file).read_bytes(), inputs, ctx)
    except RefusedInputError as refused:
        logging.get(__name__).warning("webhook.refused", code=refused.code)
        ctx.counter("webhooks_refused", 1, code=refused.code)
        return {"events": {}, "outcome": {"code": refused.code, "message": refused.message}}
    except TerminalError as error:
        # A secret or a migration that is missing: the post is good, so it waits until somebody has mended that.
        raise UnavailableError(error.message, code=error.code, next_action=error.next_action) from error


def _take_in(body: bytes, inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    _verify(body, inputs)
    events, others = events_parse.parse(body)
    with db.connect() as conn:
        listener = Listener(conn, mapping.load(), ctx.execution_id, dates.utcnow())
        counts = Counter(listener.hear(events))
    if others:
        counts["other"] = others
    for outcome, count in counts.items():
        ctx.counter("hubspot_events", count, outcome=outcome)
    return {"events": dict(counts)}


def _verify(body: bytes, inputs: Inputs) -> None:
    """Check the signature as of the moment of arrival, since this execution may have waited for its turn."""
    url = settings.require(settings.get().hubspot_webhook_url, "OPSFLOWS_HUBSPOT_WEBHOOK_URL")
    checked = signature.verify(
        "POST", url, body, json.loads(inputs.headers), secrets.live(SECRET), now=inputs.received_at.timestamp()
    )
    if not checked.ok:
        raise RefusedInputError("The webhook is not signed by HubSpot.", code=f"signature_{checked.code}")


if __name__ == "__main__":
    task.main(Inputs, run)
