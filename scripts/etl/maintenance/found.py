"""What a run did, or would do, as data: the report's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl.maintenance import leftovers, months, space
from kit import dates, settings
from platform_tasks.upkeep import rules, sweep

if TYPE_CHECKING:
    from datetime import datetime

    from kit.db import Connection
    from platform_tasks.upkeep.book import Book
    from platform_tasks.upkeep.rules import Rule


def of_plan(conn: Connection, chosen: list[Rule], kept: dict[str, int], now: datetime) -> dict[str, Any]:
    """What a run would do; reads only."""
    lines, freed = [], 0
    for rule in chosen:
        cutoff = rules.cutoff(rule, kept, now)
        if (there := sweep.extent(conn, rule.name(conn))) is None:
            continue
        whole = months.past(conn, rule, cutoff)
        freed += sum(part["bytes"] for part in whole)
        rows = sweep.count(conn, rule, cutoff)
        lines.append(_line(rule, kept, rows, [part["name"] for part in whole], there.bytes))
    old = leftovers.find(conn, rules.before(now, kept["temp"]))
    dead = [one["name"] for one in old if one["is_dead"]]
    found = {"tables": lines, "freed_bytes": freed, "leftovers": dead, "left": [], "slowest_ms": 0}
    return _told(conn, chosen, kept, {"dry_run": True, **found})


def of_run(book: Book, chosen: list[Rule], kept: dict[str, int]) -> dict[str, Any]:
    """What a run did."""
    after = space.sizes(book.conn, chosen)
    there = [rule for rule in chosen if rule.table in after]
    lines = [_line(rule, kept, _rows(book, rule), _dropped(book, rule), after[rule.table]) for rule in there]
    gone = sum(done.get("bytes", 0) for done in book.steps.values())
    shrunk = sum(max(0, size - after.get(table, 0)) for table, size in book.params["before"].items())
    found = {
        "tables": lines,
        "freed_bytes": max(gone, shrunk),
        "leftovers": book.step(leftovers.STEP).get("dropped", []),
        "left": [one for rule in there for one in _left(book, rule)],
        "slowest_ms": max((done.get("slowest_ms", 0) for done in book.steps.values()), default=0),
    }
    return _told(book.conn, chosen, kept, {"dry_run": False, **found})


def _told(conn: Connection, chosen: list[Rule], kept: dict[str, int], found: dict[str, Any]) -> dict[str, Any]:
    config = settings.get()
    price = config.storage_price_gb_month
    return {
        "at": dates.to_iso(dates.utcnow()),
        "days": kept,
        **found,
        "indexes": space.indexes(conn, chosen),
        "price": None if price is None else str(price),
        "currency": config.default_currency,
        "saving": space.saving(found["freed_bytes"], price),
    }


def _line(rule: Rule, kept: dict[str, int], rows: int, partitions: list[str], size: int) -> dict[str, Any]:
    days = rules.days(rule, kept)
    return {"table": rule.step, "days": days, "rows": rows, "partitions": partitions, "bytes": size}


def _steps(book: Book, rule: Rule) -> list[dict[str, Any]]:
    return [done for name, done in book.steps.items() if name == rule.step or name.startswith(f"{rule.step}:")]


def _rows(book: Book, rule: Rule) -> int:
    return sum(done.get("rows", 0) for done in _steps(book, rule))


def _dropped(book: Book, rule: Rule) -> list[str]:
    return list(book.step(months.step(rule)).get("dropped", []))


def _left(book: Book, rule: Rule) -> list[str]:
    """Partitions and stretches that somebody else held."""
    parts = [f"{rule.table}: {name}" for name in book.step(months.step(rule)).get("left", [])]
    stretches = sum(done["left"] for done in _steps(book, rule) if isinstance(done.get("left"), int))
    return parts + ([f"{rule.table}: {stretches}"] if stretches else [])
