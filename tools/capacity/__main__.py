"""`python -m tools.capacity --executions-per-minute 20 …`: sizes and monthly cost for a load. See docs/scaling.md."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import MISSING, asdict, fields
from typing import TYPE_CHECKING, Any

from tools.capacity import assumptions, model, report
from tools.capacity.load import Load, LoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELP = {
    "executions_per_minute": "on average over a day",
    "tasks": "Python tasks of one execution",
    "task_cpu_seconds": "processor seconds of one task beyond its start",
    "task_wait_seconds": "seconds that one task waits for others",
    "task_memory_mb": "memory of one task's process; a reading by OCR takes 500",
    "peak_factor": "the busiest quarter of an hour against the average",
    "rows_per_day": "rows that come into our own tables",
    "bytes_per_row": "of one of them with its indexes; 0: as measured on the table of events",
    "row_days": "how long they stay",
    "bytes_per_execution": "files of one execution; a receipt has about 500000",
    "file_days": "how long files stay",
    "execution_days": "how long Kestra keeps an execution",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what the load needs; 2 when a figure makes no sense."""
    given = _parser().parse_args(arguments)
    try:
        if given.assumptions:
            print(report.origins(assumptions.read()))
            return 0
        if given.executions_per_minute is None:
            raise LoadError("--executions-per-minute is missing: how many executions a minute, on average?")  # noqa: TRY301
        known = assumptions.load(dict(_changes(given.set)))
        load = Load(**{field.name: getattr(given, field.name) for field in fields(Load)})
    except LoadError as error:
        print(error, file=sys.stderr)
        return 2
    print(_answer(load, known, as_json=given.json))
    return 0


def _answer(load: Load, known: dict[str, float], *, as_json: bool) -> str:
    found = model.sizes(load, known)
    cost, said = model.monthly_cost(found, load, known), model.warnings(load, found, known)
    if as_json:
        answer: dict[str, Any] = {"load": asdict(load), "sizes": asdict(found), "monthly_cost": cost, "warnings": said}
        return json.dumps(answer, indent=1)
    return report.text(load, found, cost, said)


def _changes(given: Sequence[str]) -> list[tuple[str, float]]:
    """`NAME=VALUE` pairs.

    Raises:
        LoadError: one is not of that form.
    """
    found = []
    for pair in given:
        name, _, value = pair.partition("=")
        try:
            found.append((name, float(value)))
        except ValueError:
            raise LoadError(f"--set wants NAME=NUMBER, not {pair!r}.") from None
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.capacity", description="How big for this load, at what cost?"
    )
    for field in fields(Load):
        default = None if field.default is MISSING else field.default
        shown = "" if default is None else f" ({default:g})"
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=int if field.name == "tasks" else float,
            default=default,
            metavar="N",
            help=_HELP[field.name] + shown,
        )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=N", help="an assumption that is otherwise")
    parser.add_argument("--assumptions", action="store_true", help="print them with source and day, and end")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
