"""Task: make a shop's data for some days, and put them where the sources read; see docs/etl-sources.md."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from etl.producer import events, lists, targets
from etl.producer.model import Order, stamp
from etl.sources.model import digest
from kit import dates, settings, task
from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from etl.producer.model import Row
    from etl.producer.targets import Target

    Maker = Callable[[Order], Iterator[Row]]

_KNOWN: Final = ("postgres", "api", "bucket")


class Inputs(task.TaskInputs):
    """`since`: the first day, default yesterday; `targets`: of postgres, api and bucket, those that are set up."""

    since: date | None = None
    days: int = Field(1, ge=1, le=366)
    size: int = Field(10_000, ge=1, le=5_000_000)
    seed: int = Field(1, ge=0)
    dirt: float = Field(0.01, ge=0, le=0.9)
    growth: float = Field(0.0, ge=-0.05, le=0.05)
    targets: settings.CommaList = _KNOWN
    dry_run: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Make the days one after the other.

    Returns:
        `since` and `until` of what was recorded, `rows` and `kinds` of events, a `checksum` of them, what was
        `written` where, and the targets that are `absent`, because a setting does not name them.
    """
    first = inputs.since or dates.utcnow().date() - timedelta(days=1)
    chosen, absent = _targets(inputs)
    kinds: Counter[str] = Counter()
    checksums: list[str] = []
    written: list[dict[str, Any]] = []
    for number in range(inputs.days):
        order = Order(first + timedelta(days=number), inputs.size, inputs.seed, inputs.dirt, inputs.growth)
        checksums.append(_day(order, chosen, kinds, written))
        ctx.log.info("source.made", day=str(order.day), rows=order.events)
    for kind, count in kinds.items():
        ctx.counter("source_rows", count, kind=kind)
    return {
        "outcome": {"code": "planned" if inputs.dry_run else "ok", "message": ""},
        "since": stamp(Order(first).midnight),
        "until": stamp(order.ends),
        "rows": kinds.total(),
        "kinds": dict(kinds),
        "checksum": checksums[0] if len(checksums) == 1 else checksums,
        "written": written,
        "absent": absent,
    }


def _targets(inputs: Inputs) -> tuple[list[Target], list[str]]:
    """Those to be written to, and the names of those that are not set up."""
    if unknown := sorted(set(inputs.targets) - set(_KNOWN)):
        raise RefusedInputError(
            f"There is no target {', '.join(unknown)}.",
            code="bad_input",
            next_action=f"Choose from {', '.join(_KNOWN)}.",
        )
    found = settings.get()
    there = {"postgres": True, "api": bool(found.etl_api_url), "bucket": bool(found.etl_bucket)}
    kinds: dict[str, type[Any]] = {
        "postgres": targets.TableTarget,
        "api": targets.ApiTarget,
        "bucket": targets.BucketTarget,
    }
    wanted = [name for name in _KNOWN if name in inputs.targets]
    made = [] if inputs.dry_run else [kinds[name]() for name in wanted if there[name]]
    return made, [name for name in wanted if not there[name]]


def _day(order: Order, chosen: list[Target], kinds: Counter[str], written: list[dict[str, Any]]) -> str:
    """Make a day, and return the checksum of its events."""
    counted: Counter[str] = Counter()
    whole = (1, order.numbers[0] - 1)  # customers and products are lists of which each day has all
    makers: list[tuple[str, tuple[str, ...], tuple[int, int], Maker]] = [
        ("customers", lists.CUSTOMERS, whole, lists.customers),
        ("products", lists.PRODUCTS, whole, lists.products),
        (events.DATASET, events.COLUMNS, order.numbers, lambda wanted: events.make(wanted, Counter())),
    ]
    with tempfile.TemporaryDirectory(prefix="etl-producer-") as folder:
        for dataset, columns, numbers, maker in makers:
            made = targets.Made(dataset, columns, Path(folder, dataset), numbers, str(order.day))
            rows = events.make(order, counted) if dataset == events.DATASET else maker(order)
            targets.write(made.path, columns, rows)
            for target in chosen:
                told = target.take(made, maker(order))
                written.append({"target": target.name, "dataset": dataset, "day": str(order.day), **told})
        kinds.update(counted)
        return digest(Path(folder, events.DATASET))


if __name__ == "__main__":
    task.main(Inputs, run)
