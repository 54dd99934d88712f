"""Task: keep and report the statements of the database that cost most."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from kit import db, task
from platform_tasks.watch import slow

REPORT: Final = "slow_queries"


class Inputs(task.TaskInputs):
    """`most`: statements by all their time, and as many by their mean."""

    most: int = Field(20, ge=1, le=200)


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Take and write slow_queries.md and .json; `statements`: how many, `slowest_ms`: the greatest mean."""
    with db.connect() as conn:
        found = slow.take(conn, inputs.most)
        day = str((db.fetch_one(conn, "select (now() at time zone 'UTC')::date as day") or {})["day"])
    Path(f"{REPORT}.md").write_text(slow.markdown(found, day), encoding="utf-8")
    Path(f"{REPORT}.json").write_text(json.dumps(found, default=str, indent=1), encoding="utf-8")
    slowest = max((row["mean_ms"] for row in found), default=0.0)
    ctx.gauge("slow_query_ms", slowest)
    return {"statements": len(found), "slowest_ms": round(slowest, 3), "day": day}


if __name__ == "__main__":
    task.main(Inputs, run)
