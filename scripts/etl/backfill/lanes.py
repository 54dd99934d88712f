"""The workers of a backfill: each takes window after window, reads it from the source and loads it, until none is open.

They share nothing but the ledger. A worker ends with its parent, before its next window; what it had begun is safe,
because a chunk and its checkpoint commit together. After three windows that failed for what may pass no further one is
begun: a source that is away is left alone, and tried again by the next run.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from etl import transform
from etl.backfill import ledger, proof
from etl.backfill.windows import as_window
from etl.load import run
from etl.load.job import Job
from etl.load.source import CsvFile
from etl.tidy_rows import Tidier
from etl.window import Window
from kit import dates, db, logging
from kit.errors import OpsflowsError, TerminalError, UnavailableError
from kit.limits import Limiter

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    from etl.backfill.ledger import Taken
    from etl.load.contract import Contract
    from etl.load.job import Report
    from kit.db import Connection

    # Brings a window into a file below the folder, and returns its path.
    Fetch = Callable[[Window, Path], Path]

MOST_FAILED: Final = 3
_WAIT_S: Final = 3600.0  # for the limiter: as long as a task may last


@dataclass(frozen=True)
class Plan:
    """How windows are brought.

    Attributes:
        name: of the backfill.
        fetch: brings one window into a file.
        contract, schema, table: what the rows must be, and where they go.
        per_minute: windows that all workers together begin in a minute; 0: no limit.
        limit_key: what shares that limit.
        dsn: the database; None: as the settings say.
    """

    name: str
    fetch: Fetch
    contract: Contract
    schema: str
    table: str
    per_minute: int = 0
    limit_key: str = "etl:backfill"
    dsn: str | None = None


def work(plan: Plan, lanes: int) -> None:
    """Bring all windows that wait, in so many processes; no connection may be open here.

    Raises:
        TransientError: a worker was killed (code `worker_gone`); the others have finished.
    """
    if lanes == 1:
        _lane(plan, lambda: True)
        return
    context = multiprocessing.get_context("fork")
    processes: list[BaseProcess] = [context.Process(target=_child, args=(plan,), daemon=True) for _ in range(lanes)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise UnavailableError(
            "A worker of the backfill was killed.", code="worker_gone", next_action="Run it again: it goes on."
        )


def _child(plan: Plan) -> None:
    parent = os.getppid()
    _lane(plan, lambda: os.getppid() == parent)


def _lane(plan: Plan, alive: Callable[[], bool]) -> None:
    pace = Limiter(lambda: db.connect(plan.dsn), plan.limit_key, plan.per_minute, 60.0, 1) if plan.per_minute else None
    with db.connect(plan.dsn, statement_s=0) as conn:
        while alive() and ledger.failures(conn, plan.name) < MOST_FAILED:
            with ledger.taken(conn, plan.name) as taken:
                if taken is None:
                    return
                _bring(conn, plan, taken, pace)


def _bring(conn: Connection, plan: Plan, taken: Taken, pace: Limiter | None) -> None:
    """Read and load one window; what hinders it is noted."""
    log = logging.get(__name__).bind(since=taken.span[0].isoformat(), until=taken.span[1].isoformat())
    try:
        if pace:
            pace.acquire(deadline_s=_WAIT_S)
        report = _load(plan, taken)
    except OpsflowsError as error:
        passes = not isinstance(error, TerminalError) or error.code == "window_busy"
        ledger.failed(conn, plan.name, taken.span, error.code, passes=passes)
        log.warning("etl.backfill.window_failed", code=error.code, reading=taken.reading)
        return
    state, code = proof.verdict(taken, report)
    ledger.read(conn, plan.name, taken, report, state, code)
    log.info("etl.backfill.window", state=state, rows=report.rows, inserted=report.inserted, updated=report.updated)


def _load(plan: Plan, taken: Taken) -> Report:
    window = as_window(taken.span)
    with tempfile.TemporaryDirectory(prefix="etl-backfill-", ignore_cleanup_errors=True) as folder:
        came = CsvFile(plan.fetch(window, Path(folder)))
        # As the chain does: what is clear is repaired. The source chose the rows, by when it recorded them.
        tidier = Tidier(plan.contract, came.header, Window(), dates.utcnow())
        job = Job(
            run=f"{plan.name}/{window.name}/{taken.reading}",
            source=transform.run(came, tidier, Path(folder), workers=1).source,
            contract=plan.contract,
            schema=plan.schema,
            table=plan.table,
            window=window.name,
            workers=1,
            ttl_minutes=0,  # the same content again is a replay that changes nothing, and is counted
        )
        return run.load(job, plan.dsn)
