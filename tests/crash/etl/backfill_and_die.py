"""A backfill that kills itself: `backfill_and_die.py POINT WHEN COUNT VICTIM`; POINT `-`: it lives.

WHEN is `before` or `after` the COUNTth use of what POINT names, in whichever worker comes there first; VICTIM is that
`worker`, or `parent`, whose workers go on as orphans.
"""

import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from etl import run_backfill  # noqa: E402 - the path comes first
from etl.backfill import lanes, ledger  # noqa: E402
from etl.load import contract  # noqa: E402
from kit import task  # noqa: E402
from kit.errors import OpsflowsError  # noqa: E402
from tests import etl_support as kit  # noqa: E402

SINCE, DAYS, ROWS = datetime(2025, 3, 1, tzinfo=UTC), 6, 200
OWNERS = {"_load": lanes, "read": ledger}


def fetch(window, folder):
    """Some events a day, the same each time."""
    first = (window.since - SINCE).days * ROWS
    at = f"{window.since:%Y-%m-%d}T10:00:00Z"
    return kit.write(folder, [kit.row(number, occurred_at=at) for number in range(first, first + ROWS)])


def dying(name: str, when: str, count: int, victim: str) -> None:
    owner, uses, parent = OWNERS[name], [], os.getpid()
    real = getattr(owner, name)

    def kill() -> None:
        if victim == "worker":
            os.kill(os.getpid(), signal.SIGKILL)
        elif os.getppid() == parent:  # never whoever adopts the orphans
            os.kill(parent, signal.SIGKILL)

    def deadly(*arguments, **options):
        uses.append(1)
        if when == "before" and len(uses) == count:
            kill()
        result = real(*arguments, **options)
        if when == "after" and len(uses) == count:
            kill()
        return result

    setattr(owner, name, deadly)


def main(point: str, when: str, count: str, victim: str) -> int:
    if point != "-":
        dying(point, when, int(count), victim)
    contract.read = lambda _dataset: kit.contracted()
    run_backfill._source = lambda _name: ("sales_events", fetch)
    until = SINCE + timedelta(days=DAYS)
    inputs = run_backfill.Inputs(
        source="shop", table_name="sales_events", since=SINCE.isoformat(), until=until.isoformat(), run_name="b"
    )
    try:
        told = run_backfill.run_task(inputs, task.Context(execution_id="e"))
    except OpsflowsError as error:
        print(error.code)
        return 3
    print(json.dumps({"code": told["outcome"]["code"], **told["counts"]}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
