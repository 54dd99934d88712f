"""Erasure and retention in Postgres at size: `python -m benchmarks.privacy [--tickets 50000]`.

One sender in ten is erased; as many notices as tickets are too old. Kestra's and Google's part is not in it.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.monthly import FILL
from kit import db, task
from local import postgres
from platform_tasks import migrate
from tickets import erasure, retention

MORE = """
update tickets.messages set sender_id = 'ES.sender' || (substring(ticket_id from 3)::int %% 10);
insert into tickets.attempts (ticket_id, execution_id, ordinal, provider, outcome, latency_ms, raw)
select ticket_id, 'p' || ticket_id, 0, 'ocr', 'ok', 1, '{"text": "x"}' from tickets.tickets;
insert into tickets.executions (ticket_id, execution_id) select ticket_id, 'p' || ticket_id from tickets.tickets;
insert into tickets.notices (notice_id, kind, sender_id, payload, execution_id, received_at)
select 'n' || n, 'text', 'ES.somebody', '{"from": "34600999999"}', 'e', now() - interval '91 days'
from generate_series(1, %(count)s) n
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=50_000)
    count = parser.parse_args().tickets
    with tempfile.TemporaryDirectory(prefix="opsflows-privacy-") as folder:
        server = postgres.start(folder)
        try:
            os.environ["OPSFLOWS_PG_DSN"] = server.dsn
            _measure(server.dsn, count)
        finally:
            server.stop()


def _measure(dsn: str, count: int) -> None:
    migrate.apply(dsn)
    with db.connect(dsn, statement_s=600) as conn:
        db.execute(conn, FILL, {"count": count})
        db.execute(conn, MORE, {"count": count})
        db.execute(conn, "analyze")
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for dry_run in (True, False):
            inputs = erasure.Inputs(sender="ES.sender7", reason="bench", dry_run=dry_run)
            ctx = task.Context(execution_id=f"rehearsal {dry_run}")
            _timed(f"erasure, dry_run={dry_run}", lambda inputs=inputs, ctx=ctx: erasure.run(inputs, ctx))
        ctx = task.Context(execution_id="night")
        _timed("retention", lambda: retention.run(retention.Inputs(dry_run=False), ctx))
        os.chdir(here)
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


def _timed(what: str, call: Callable[[], dict[str, Any]]) -> None:
    started = time.perf_counter()
    counts = call()["counts"]
    print(f"{what}: {time.perf_counter() - started:.2f} s, {counts}")


if __name__ == "__main__":
    main()
