"""Task: write what waits to HubSpot, without a post; and the collector as both flows of leads run it."""

from typing import Any

from kit import db, secrets, settings, task
from kit.db import Connection
from leads import collect
from leads.collect import Collected

TOKEN = "MANYCHAT_TOKEN"  # noqa: S105 - the name of the secret, not its value


class Inputs(task.TaskInputs):
    """None."""


def run(_inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Collect what a crash, or HubSpot's bad hour, left.

    Returns:
        What `outputs` tells.
    """
    with db.connect() as conn:
        return outputs(collect_waiting(conn, ctx))


def collect_waiting(conn: Connection, ctx: task.Context) -> Collected:
    """Write what waits, unless another execution is at it, and count it."""
    made = collect.Collector(conn, _hubspot, ctx.execution_id, answer=bool(secrets.optional(TOKEN))).run()
    for kind, count in made.kinds.items():
        ctx.counter("leads_contacts", count, kind=kind)
    if made.state == "deferred":
        ctx.log.warning("leads.deferred", code=made.code, wait_s=round(made.wait_s, 1))
    return made


def outputs(made: Collected) -> dict[str, Any]:
    """`collected` with counts, `tell_manychat`, `tell_slack`, and `alarm`, the code of what hinders all leads."""
    return {
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


def _hubspot() -> Any:
    # It brings requests along, which an execution that only stores its event does not need.
    from adapters import hubspot

    return hubspot.Client(settings.get())


if __name__ == "__main__":
    task.main(Inputs, run)
