"""Task: try rows of the quarantine again, after the contract, the table or the row itself was set right.

A rehearsal, which is the default, judges them and writes nothing. Otherwise the good ones are published by the loader,
as rows of any file; those that are still bad stay open with the reason of today. Killed at any moment, it is run again:
what was published is found there, and nothing is doubled.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field

from etl import queries, requeue
from etl.alone import alone
from etl.load import contract, run, source
from etl.load.job import Job
from kit import db, task
from kit.errors import ConflictError, TerminalError

if TYPE_CHECKING:
    from etl.load.job import Report
    from etl.requeue import Group, Wanted
    from kit.db import Connection

LOCK: Final = "etl:quarantine:replay"
_SHOWN: Final = 50  # reasons in the outputs


class Inputs(task.TaskInputs):
    """Which rows; blank means any. `reason` is a code of the quarantine, or `code:field`."""

    dataset: str | None = None
    run_name: str | None = None
    reason: str | None = None
    min_age_minutes: int = Field(0, ge=0)
    most: int = Field(10_000, ge=1, le=1_000_000)
    include_refused: bool = False
    encoding: Literal["utf-8", "windows-1252", "iso-8859-1"] = "utf-8"
    dry_run: bool = True


@dataclass(slots=True)
class Result:
    """What a replay did; in a rehearsal `replayed` are the rows that would be."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problem: TerminalError | None = None


def replay(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Replay or rehearse.

    Returns:
        `counts`: `before` and `after` (open rows of this kind), `tried`, `replayed`, `bad` (still), `broken` (cannot
        stand in a file), `no_header` (of loads that did not record their columns), `inserted`, `updated`; `reasons`
        of what is still open (of what is still bad in a rehearsal).

    Raises:
        ConflictError: another replay is at work (code `replay_running`).
        UnavailableError: an orphan of this execution is (code `same_run`).
        TerminalError: a dataset has no contract, or a table is missing; the other rows were replayed.
    """
    busy = ConflictError("Another replay is at work.", code="replay_running", next_action="Wait for its end.")
    with db.connect(statement_s=0) as conn, alone(conn, LOCK, ctx.execution_id, busy):
        wanted = _wanted(inputs)
        result = Result(Counter(before=_open(conn, wanted).total()))
        if not inputs.dry_run:
            queries.run(conn, "replay_leftovers")
        for group in requeue.choose(conn, wanted, inputs.most):
            _try(conn, group, inputs, ctx, result)
        still = result.reasons if inputs.dry_run else _open(conn, wanted)
        result.counts["after"] = result.counts["before"] if inputs.dry_run else still.total()
    for name in ("replayed", "bad", "broken"):
        ctx.counter("etl_quarantine_rows", result.counts[name], fate=name)
    if result.problem:
        raise result.problem
    return {"counts": dict(result.counts), "reasons": dict(still.most_common(_SHOWN)), "dry_run": inputs.dry_run}


def _wanted(inputs: Inputs) -> Wanted:
    code, _, name = (inputs.reason or "").partition(":")
    return requeue.Wanted(
        dataset=inputs.dataset,
        run=inputs.run_name,
        code=code or None,
        field=name or None,
        min_age_minutes=inputs.min_age_minutes,
        refused=inputs.include_refused,
    )


def _open(conn: Connection, wanted: Wanted) -> Counter[str]:
    """Open rows by reason, whatever their age."""
    values = {name: value for name, value in wanted.values().items() if name != "min_age_minutes"}
    return Counter({row["reason"]: row["rows"] for row in queries.every(conn, "replay_open", **values)})


def _try(conn: Connection, group: Group, inputs: Inputs, ctx: task.Context, result: Result) -> None:
    """Load one group; what is wrong with it hinders no other."""
    result.counts["tried"] += group.rows
    if group.header is None:
        result.counts["no_header"] += group.rows
        return
    with tempfile.TemporaryDirectory(prefix="etl-replay-") as folder:
        path = Path(folder) / f"quarantine-{group.name}.csv"
        written = requeue.write(conn, group, path, None if inputs.encoding == "utf-8" else inputs.encoding)
        result.counts["broken"] += group.rows - written
        try:
            job = _job(group, path, inputs, ctx)
            report = run.load(job)
        except TerminalError as error:
            ctx.log.warning("etl.replay.refused", target=group.target, dataset=group.dataset, code=error.code)
            result.problem = error
            return
    _settle(conn, group, job, report, result)


def _job(group: Group, path: Path, inputs: Inputs, ctx: task.Context) -> Job:
    """However many are still bad, the good ones are published; a row that has no time never replaces another."""
    contracted = contract.read(group.dataset)
    schema, _, table = group.target.partition(".")
    return Job(
        run=f"replay:{ctx.execution_id or 'by-hand'}:{group.name}",
        source=source.CsvFile(path),
        contract=contracted,
        schema=schema,
        table=table,
        window="replay",
        workers=1,
        max_bad_rate=1.0,
        allow_overwrite=True,
        insert_only=contracted.version is None,
        dry_run=inputs.dry_run,
    )


def _settle(conn: Connection, group: Group, job: Job, report: Report, result: Result) -> None:
    result.counts["inserted"] += report.inserted
    result.counts["updated"] += report.updated
    if job.dry_run:
        result.counts["replayed"] += report.rows
        result.counts["bad"] += report.bad
        result.reasons.update(report.reasons)
        return
    with db.transaction(conn):
        row = queries.one(conn, "replay_settle", **group.values(), load_id=job.run) or {}
    result.counts["replayed"] += row["replayed"]
    result.counts["bad"] += row["bad"]


if __name__ == "__main__":
    task.main(Inputs, replay)
