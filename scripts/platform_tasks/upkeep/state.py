"""Task: rows of the shared state that are past their time go, and what of Kestra's own data will go is counted."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from etl.alone import alone
from kit import dates, db, kestra, settings, task
from kit.errors import ConflictError
from kit.i18n import t
from platform_tasks.upkeep import book as books
from platform_tasks.upkeep import engine, releases, rules, sweep
from platform_tasks.upkeep.rules import LONGEST, Days

if TYPE_CHECKING:
    from platform_tasks.upkeep.book import Book

MARKDOWN: Final = "state-maintenance.md"
JSON: Final = "state-maintenance.json"
LOCK: Final = "state:maintenance"


class Inputs(task.TaskInputs):
    """For how many days things stay, by kind."""

    claims_days: Days = 90
    # What was done to the outside world is what keeps a replay from doing it again.
    effects_days: Annotated[int, Field(ge=90, le=LONGEST)] = 400
    letters_days: Days = 180
    counters_days: Days = 400
    alerts_days: Days = 180
    runs_days: Days = 180
    limits_days: Days = 7
    executions_days: Days = 90
    logs_days: Days = 30
    releases_days: Days = 30
    dry_run: bool = True

    def kept(self) -> dict[str, int]:
        """Days by kind."""
        return {name.removesuffix("_days"): value for name, value in self.model_dump().items() if name != "dry_run"}


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Delete or count.

    Returns:
        `rows` by table; `kestra`: executions by namespace, lines of logs and releases that go, None when Kestra is not
        set up; `namespaces`, `executions_before`, `logs_before` for Kestra's purge tasks.

    Raises:
        ConflictError: another run is at work (`maintenance_running`).
    """
    now = dates.utcnow()
    with db.connect(statement_s=3600) as conn:
        sweep.bound_waits(conn)
        if inputs.dry_run:
            rows = {
                rule.step: sweep.count(conn, rule, rules.cutoff(rule, inputs.kept(), now))
                for rule in rules.every("state")
                if sweep.extent(conn, rule.name(conn))
            }
        else:
            rows, now = _retain(conn, inputs, ctx, now)
    limits = {name: rules.before(now, inputs.kept()[name]) for name in ("executions", "logs", "releases")}
    theirs = _kestra(limits)
    found = {"dry_run": inputs.dry_run, "at": dates.to_iso(now), "rows": rows, "kestra": theirs}
    Path(JSON).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    Path(MARKDOWN).write_text(_as_markdown(found), encoding="utf-8")
    for step, count in rows.items():
        ctx.counter("state_maintenance_rows", count, table=step, dry_run=str(inputs.dry_run).lower())
    before = {f"{name}_before": dates.to_iso(moment) for name, moment in limits.items()}
    return {**found, **before, "namespaces": theirs["namespaces"] if theirs else []}


def _retain(conn: db.Connection, inputs: Inputs, ctx: task.Context, now: datetime) -> tuple[dict[str, int], datetime]:
    """Rows that went by step, and the moment that ages were reckoned from: a retry keeps that of the first attempt."""
    text = "Another run of state_maintenance is at work."
    with alone(conn, LOCK, ctx.execution_id, ConflictError(text, code="maintenance_running", next_action="Wait.")):
        params = {**inputs.kept(), "now": dates.to_iso(now)}
        book = books.begin(conn, "state", ctx.execution_id or f"by hand {params['now']}", params)
        moment = datetime.fromisoformat(book.params["now"])
        if book.report is None:
            for rule in rules.every("state"):
                sweep.delete(book, rule, rules.cutoff(rule, inputs.kept(), moment))
            book.finish({"rows": _rows(book)})
    return dict((book.report or {})["rows"]), moment


def _rows(book: Book) -> dict[str, int]:
    return {rule.step: book.step(rule.step)["rows"] for rule in rules.every("state") if book.step(rule.step)}


def _kestra(limits: dict[str, datetime]) -> dict[str, Any] | None:
    """What of Kestra's data is past its time; None when it is not set up here."""
    if not kestra.is_configured():
        return None
    client = kestra.Client(settings.get())
    names = engine.namespaces(client)
    return {
        "namespaces": names,
        "executions": engine.executions(client, limits["executions"], names),
        "logs": engine.logs(client, limits["logs"]),
        "releases": releases.as_json(releases.find(client, limits["releases"])),
    }


def _as_markdown(found: dict[str, Any]) -> str:
    title = t(f"state.maintenance.title.{'plan' if found['dry_run'] else 'done'}", day=found["at"][:10])
    lines = [f"- `{step}`: {rows}\n" for step, rows in found["rows"].items()]
    parts = [f"# {title}\n\n", f"## {t('state.maintenance.section.rows')}\n\n", *lines]
    if found["kestra"] is None:
        return "".join([*parts, f"\n{t('state.maintenance.no_kestra')}\n"])
    theirs = found["kestra"]
    gone = [one["version"] for one in theirs["releases"] if not one["why"]]
    parts += [f"\n## {t('state.maintenance.section.kestra')}\n\n"]
    parts += [f"- `{name}`: {count}\n" for name, count in theirs["executions"].items()]
    parts += [f"- {t('state.maintenance.logs', count=theirs['logs'])}\n"]
    parts += [f"- {t('state.maintenance.releases', names=', '.join(gone) or '-')}\n"]
    return "".join(parts)


if __name__ == "__main__":
    task.main(Inputs, run)
