"""A run that changes things, step by step; each step is written down when it is done, so a killed run goes on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql

from etl.alone import alone
from etl.maintenance import found, leftovers, months, space
from kit import dates
from kit.errors import ConflictError, DeadlineError
from platform_tasks.upkeep import book as books
from platform_tasks.upkeep import rules, statements, sweep

if TYPE_CHECKING:
    from kit import task
    from kit.db import Connection
    from platform_tasks.upkeep.book import Book
    from platform_tasks.upkeep.rules import Rule

LOCK: Final = "etl:maintenance"


def upkeep(
    conn: Connection, chosen: list[Rule], kept: dict[str, int], ctx: task.Context, *, vacuum: bool
) -> dict[str, Any]:
    """Do it, step by step."""
    busy = ConflictError("Another run of etl_maintenance is at work.", code="maintenance_running", next_action="Wait.")
    with alone(conn, LOCK, ctx.execution_id, busy):
        params = {**kept, "now": dates.to_iso(dates.utcnow()), "before": space.sizes(conn, chosen)}
        book = books.begin(conn, "etl", ctx.execution_id or f"by hand {params['now']}", params)
        if book.report is not None:
            return book.report
        now = datetime.fromisoformat(book.params["now"])
        for rule in chosen:
            _retain(book, rule, rules.cutoff(rule, kept, now))
            ctx.log.info("maintenance.table", table=rule.table, steps=len(book.steps))
        leftovers.clear(book, rules.before(now, kept["temp"]))
        _refresh(book)
        if vacuum:
            _vacuum(book, chosen)
        told = found.of_run(book, chosen, kept)
        book.finish(told)
        return told


def _retain(book: Book, rule: Rule, cutoff: datetime) -> None:
    there = sweep.extent(book.conn, rule.name(book.conn))
    if there is None:
        return
    if there.kind == "p":
        months.retire(book, rule, cutoff)
    elif rule.event_keys:
        months.retire_rows(book, rule, cutoff)
    else:
        sweep.delete(book, rule, cutoff)


def _refresh(book: Book) -> None:
    """Bring the daily figures up to date, so that they show what was kept."""
    if not book.step("views").get("done"):
        book.note("views", {"done": _unless_taken(book, "refresh")})


def _vacuum(book: Book, chosen: list[Rule]) -> None:
    """VACUUM ANALYZE of what changed; it gives way to whoever holds a table, and cuts no file, which would lock it."""
    for rule in chosen:
        step = f"vacuum:{rule.table}"
        if book.step(step).get("done") or not _changed(book, rule):
            continue
        there = sweep.extent(book.conn, rule.name(book.conn))
        if there and there.kind == "p":
            for part in months.find(book.conn, rule):
                if book.step(f"{rule.step}:{part['name']}").get("rows"):
                    _unless_taken(book, "vacuum", table=sql.Identifier(part["schema"], part["name"]))
            _unless_taken(book, "analyze", table=rule.identifier)
        elif there:
            _unless_taken(book, "vacuum", table=rule.identifier)
        book.note(step, {"done": True})
    if any(rule.event_keys and _changed(book, rule) for rule in chosen) and not book.step("vacuum:keys").get("done"):
        _unless_taken(book, "vacuum", table=sql.Identifier("public", "etl_event_keys"))
        book.note("vacuum:keys", {"done": True})


def _changed(book: Book, rule: Rule) -> bool:
    return any(
        done.get("rows") or done.get("dropped") for name, done in book.steps.items() if name.startswith(rule.table)
    )


def _unless_taken(book: Book, name: str, **parts: sql.Composable) -> bool:
    try:
        statements.execute(book.conn, name, None, **parts)
    except DeadlineError as error:
        if not sweep.waited_for_a_lock(error):
            raise
        return False
    return True
