"""Task: replay the work that was refused or given up, or say what would be replayed."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from kit import db, replays, task
from kit.dead_letters import Wanted

# Beyond this the report is in the database only: an execution's context stays small.
SHOWN: Final = 200


class Inputs(task.TaskInputs):
    """Which letters; blank means any."""

    provider: str | None = None
    kind: str | None = None
    reason: str | None = None
    min_age_minutes: int = Field(0, ge=0)
    most: int = Field(100, ge=1, le=1000)
    dry_run: bool = True


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Replay or plan: `counts` by fate, `letters` (the first 200) with the fate of each."""
    wanted = Wanted(
        provider=inputs.provider,
        kind=inputs.kind,
        reason=inputs.reason,
        min_age_s=inputs.min_age_minutes * 60,
        most=inputs.most,
    )
    with db.connect() as conn:
        report = replays.replay(conn, wanted, ctx, dry_run=inputs.dry_run)
    for fate, number in report.counts().items():
        ctx.counter("dead_letters", number, fate=fate)
    letters = report.as_json()[:SHOWN]
    for letter in letters:
        ctx.log.info("dead_letter", **{name: letter[name] for name in ("id", "provider", "kind", "reason", "fate")})
    return {"counts": report.counts(), "letters": letters, "dry_run": inputs.dry_run}


if __name__ == "__main__":
    task.main(Inputs, run)
