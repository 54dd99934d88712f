"""`python -m tools.examples --out DIR [--most N]`: reviewed receipts with what is right, for benchmarks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kit import db, kestra, settings
from kit.errors import OpsflowsError
from tools.examples.export import export

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Export; 1 when Postgres or Kestra cannot be asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.examples", description="Reviewed receipts as labels.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures and labels.json")
    parser.add_argument("--most", type=int, default=1000, help="the newest so many (1000)")
    given = parser.parse_args(arguments)
    try:
        with db.connect() as conn:
            made = export(conn, kestra.Client(settings.get()).file, given.out, most=given.most)
    except OpsflowsError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{made['written']} receipts in {given.out}: {made['corrected']} corrected, {made['gone']} more had no picture"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
