"""A load that kills itself: `load_and_die.py DSN FILE POINT WHEN COUNT SIGNAL`; POINT `-`: it lives.

WHEN is `before` or `after` the COUNTth use of what POINT names, in whichever of the two processes comes there first.
"""

import os
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from etl.load import book, duplicates, part, publish, quarantine, rows, run  # noqa: E402 - the path comes first
from kit import db  # noqa: E402
from kit.errors import OpsflowsError  # noqa: E402
from tests import etl_support as kit  # noqa: E402

OWNERS = {
    "check": rows.Checker,
    "write": quarantine,
    "gate": book,
    "find": duplicates,
    "record": book,
    "_copy": publish,
    "_rows": publish,
    "commit": db.Connection,
    "once": part.Part,
    "_publish": run,
}


def dying(name: str, when: str, count: int, number: int) -> None:
    owner, uses = OWNERS[name], []
    real = getattr(owner, name)

    def deadly(*arguments, **options):
        uses.append(1)
        if when == "before" and len(uses) == count:
            os.kill(os.getpid(), number)
        result = real(*arguments, **options)
        if len(uses) == count:
            os.kill(os.getpid(), number)
        return result

    setattr(owner, name, deadly)


def main(dsn: str, path: str, point: str, when: str, count: str, number: str) -> int:
    if point != "-":
        dying(point, when, int(count), signal.Signals[number].value)
    started = time.monotonic()
    try:
        report = kit.load(dsn, Path(path), chunk_rows=300, workers=2)
    except OpsflowsError as error:
        print(error.code, time.monotonic() - started)
        return 3
    print(report.state, report.chunks_resumed)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
