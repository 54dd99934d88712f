"""`python -m benchmarks.watch`: 100,000 executions collected from made pages, a look around, a year of figures."""

from __future__ import annotations

import argparse
import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks import places
from kit import dates, db
from platform_tasks.watch import baseline, config, marks
from platform_tasks.watch.baseline import Sample
from platform_tasks.watch.collect import NAME, Bounds, collect
from platform_tasks.watch.look import watch
from tests.watch_support import SCHEDULE, execution, flow

if TYPE_CHECKING:
    from platform_tasks.watch.source import By

PAGE = 100


class Pages:
    """Executions a tenth of a second apart, made when their page is asked for."""

    page = PAGE

    def __init__(self, number: int, begin: datetime) -> None:
        """Nothing is made yet."""
        self.number, self.begin = number, begin

    def executions(self, by: By, since: datetime, number: int) -> list[dict[str, Any]]:
        """A page in the order of time; all take as long, so both orders are the same."""
        shift = timedelta(seconds=0 if by == "startDate" else 11)
        first = max(0, -int((self.begin + shift - since).total_seconds() * 10 // 1)) + (number - 1) * PAGE
        made = []
        for place in range(first, min(first + PAGE, self.number)):
            at = self.begin + timedelta(seconds=place / 10)
            due = at.replace(second=0, microsecond=0) if place % 20 == 0 else None
            made.append(execution(f"e{place:07}", at, flow=f"flow_{place % 40}", due=due))
        return made

    def execution(self, _id: str) -> None:
        """None of them is open."""

    def flows(self) -> list[dict[str, Any]]:
        """Forty flows, each scheduled."""
        return [flow(f"flow_{number}", cron="*/5 * * * *") for number in range(40)]

    def triggers_off(self) -> set[tuple[str, str, str]]:
        """None."""
        return set()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=100_000)
    number = parser.parse_args().executions
    now = datetime.now(UTC)
    begin = now - timedelta(seconds=number / 10)
    found: dict[str, Any] = {"executions": number, "schedule": SCHEDULE.rpartition(".")[2]}
    with places.database() as (dsn, _), db.connect(dsn) as conn:
        source = Pages(number, begin)
        found["collect_s"], counts = timed(lambda: collect(conn, source, Bounds(pages=number), now))
        found["read"] = counts.read
        found["again_s"], again = timed(lambda: collect(conn, source, Bounds(pages=number), now))
        found["again_read"], found["again_changed"] = again.read, again.changed
        rows = db.fetch_one(
            conn, "select count(*) as n, pg_total_relation_size('ops.flow_runs') as b from ops.flow_runs"
        )
        found["rows"], found["bytes_a_row"] = (rows["n"], round(rows["b"] / rows["n"])) if rows else (0, 0)
        marks.done(conn, NAME, {})
        found["look_s"], changes = timed(lambda: watch(conn, config.load(), now=dates.utcnow()))
        found["firing"] = changes.firing
    found["year_s"], judged = timed(lambda: [year(seed) for seed in range(100)])
    found["alarms_in_36500_usual_days"] = sum(judged)
    print(json.dumps(found, indent=1))


def year(seed: int) -> int:
    """Judge a year of one daily figure, weekday by weekday; how many of its usual days were told."""
    made = random.Random(seed)
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    told = 0
    for weekday in range(7):
        usual = 1000 if weekday < 5 else 200  # noqa: PLR2004 - a week has five working days
        days = [begin + timedelta(weeks=week, days=weekday) for week in range(52)]
        samples = [Sample(day, str(day), round(made.gauss(usual, usual * 0.05))) for day in days]
        _, judged = baseline.fold(samples, config.load().series["etl_rows"])
        told += sum(one.verdict in ("low", "high") for one in judged)
    return told


def timed(work: Any) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    begun = time.perf_counter()
    result = work()
    return round(time.perf_counter() - begun, 2), result


if __name__ == "__main__":
    main()
