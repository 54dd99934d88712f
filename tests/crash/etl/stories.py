"""Flows whose tasks are killed: how each begins, its tasks, what it must leave, and what tells that rows came again."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from pyarrow import parquet

from etl import dlq_replay, migration, run_backfill, run_export
from etl.improved import expect, extract, finalize, load, transform, validate
from etl.load.contract import Contract
from etl.load.contract import read as read_contract
from kit import db, task
from tests import etl_support as kit
from tests.contract.etl import sourcekit

Work = Callable[[], object]
CTX = task.Context(execution_id="e-1", release="1.0")


class Story:
    """One flow; the working directory is its own, and so are the tables.

    `every`: at which steps it is killed. `held`: the task that gets SIGTERM while it waits for
    `lock`; blank: the only one.
    """

    every: ClassVar[int] = 1
    held: ClassVar[str] = ""
    lock: ClassVar[str] = "lock table sales_events in exclusive mode"

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def prepare(self) -> None:
        """Make the sources, and a target as it was before."""
        raise NotImplementedError

    def tasks(self) -> Iterator[tuple[str, Work]]:
        """The tasks, one after the other."""
        raise NotImplementedError

    def contract(self, _dataset: str) -> Contract:
        """What is read as the contract: one that the bad rows of the replay fit, but for the last."""
        columns = [{**column, "min": -10} if column["name"] == "amount" else column for column in kit.COLUMNS]
        return kit.contracted(max_bad_rate=0.5, columns=columns)

    def meanwhile(self) -> None:
        """What others do between two attempts."""

    def ids(self) -> list[str]:
        """The ids of the rows that are there."""
        return [row[0] for row in kit.rows_of(self.dsn, "select event_id from sales_events")]

    def state(self) -> Any:
        """All that must be as after an undisturbed run."""
        states = "select state, count(*) from etl_quarantine group by 1 order by 1"
        return kit.state(self.dsn), kit.rows_of(self.dsn, states)

    def written(self) -> dict[str, Any]:
        """Of each row that is there, by which transaction; one that is there stays as it is, whatever is killed."""
        return dict(kit.rows_of(self.dsn, "select event_id, xmin::text from sales_events"))


class Improved(Story):
    """Some rows are there, as many are new, a few of them bad, some newer versions of what is there."""

    STEPS: ClassVar = {"extracted": extract, "transformed": transform, "validated": validate, "expected": expect}
    lock = "lock table etl_improved_events in exclusive mode"
    held = "improved.load"
    CHANGES: ClassVar = """
    update source.sales_events set recorded_at = now() where seq > 140;
    update source.sales_events set currency = 'XXX' where seq in (150, 200);
    update source.sales_events set event_id = 'evt-' || seq - 100, occurred_at = '2026-11-21T10:00:00Z'
    where seq > 230
    """

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.done: dict[str, Any] = {}

    def prepare(self) -> None:
        with db.connect(self.dsn) as conn:
            db.execute(conn, sourcekit.TABLE)
            db.execute(conn, "truncate etl_runs, etl_loads, etl_load_chunks, etl_quarantine cascade")
            db.execute(conn, "drop table etl_improved_events")
            db.execute(conn, "select etl_create_events('public', 'etl_improved_events')")
            sourcekit.fill(conn, 1, 140)
        for _name, work in self._tasks(task.Context(execution_id="e-0", release="1.0")):
            work()
        with db.connect(self.dsn) as conn:
            sourcekit.fill(conn, 141, 240)
            db.execute(conn, self.CHANGES)

    def contract(self, dataset: str) -> Contract:
        return read_contract(dataset)

    def tasks(self) -> Iterator[tuple[str, Work]]:
        return self._tasks(CTX)

    def _tasks(self, ctx: task.Context) -> Iterator[tuple[str, Work]]:
        self.done = {name: {} for name in (*self.STEPS, "loaded")}
        for name, module in {**self.STEPS, "loaded": load}.items():
            yield module.__name__.removeprefix("etl."), self._step(name, module, ctx)
            self.done[name] = json.loads(Path(name).read_text())
        inputs = finalize.Inputs(**self._inputs(), **self.done)
        yield "improved.finalize", lambda: finalize.run(inputs, ctx)

    def _step(self, name: str, module: Any, ctx: task.Context) -> Work:
        carried = {"INPUT_RUN_ID": self.done["extracted"].get("run_id", "")}
        carried["INPUT_CHUNK_ROWS"] = self.done["transformed"].get("chunk_rows", "")
        env = {f"INPUT_{key.upper()}": value for key, value in self._inputs().items()} | carried
        inputs = module.Inputs.read({key: str(value) for key, value in env.items()})

        def work() -> None:
            Path(name).write_text(json.dumps(module.run(inputs, ctx), default=str))

        return work

    def _inputs(self) -> dict[str, Any]:
        return {"chunk_size": 30, "min_acceptance_ratio": 0.9}

    def ids(self) -> list[str]:
        return [row[0] for row in kit.rows_of(self.dsn, "select event_id from etl_improved_events")]

    def state(self) -> Any:
        return [
            kit.rows_of(self.dsn, query)
            for query in (
                "select event_id, occurred_at, amount, net_amount, fingerprint from etl_improved_events order by 1",
                "select code, field, raw from etl_quarantine order by raw",
                "select status, total_rows, expected_rows, ratio, num_chunks from etl_runs order by run_id",
                "select name, value from etl_improved_metrics where name !~ 'second|_ms|ms_' order by run_id, name",
                "select direction, dataset, rows, checksum from etl_lineage_edges order by run_id, 1, 2",
                "select key -> 1, rows from etl_checkpoints",
            )
        ]

    def written(self) -> dict[str, Any]:
        return dict(kit.rows_of(self.dsn, "select event_id || occurred_at, xmin::text from etl_improved_events"))


class Migration(Story):
    """A table that is written to whenever the task is down; `expected` gets the same writes."""

    lock = "lock table events_old in exclusive mode"
    OLD: ClassVar = """
    drop table if exists events_old, events_old_unpartitioned, events_old_partitioned, expected cascade;
    drop function if exists events_old_partitioned_mirror() cascade;
    create table events_old (
        event_id text primary key, customer_id bigint not null, event_type text not null,
        occurred_at timestamptz not null, amount numeric(12, 2) not null, currency text not null,
        quantity integer not null, payload jsonb);
    insert into events_old
    select 'e-' || n, 1, 'sale', timestamptz '2026-01-15T00:00:00Z' + n * interval '3 hours', n, 'EUR', 1, null
    from generate_series(1, 700) n;
    create table expected as table events_old
    """
    WRITES: ClassVar = """
    insert into {table} values ('new-{n}', 1, 'sale', '2026-02-01T00:00:00Z', 5, 'EUR', 1);
    update {table} set amount = amount + 1 where event_id in ('e-{n}', 'e-{last}');
    update {table} set occurred_at = occurred_at + interval '40 days' where event_id = 'e-{other}';
    delete from {table} where event_id = 'e-{gone}'
    """

    def prepare(self) -> None:
        self.writes = 0
        kit.execute(self.dsn, self.OLD)

    def tasks(self) -> Iterator[tuple[str, Work]]:
        inputs = migration.Inputs(table_name="events_old", dry_run=False, batch_blocks=2)
        yield "migration", lambda: migration.run(inputs, CTX)

    def meanwhile(self) -> None:
        self.writes += 1
        numbers = {"n": self.writes, "last": 700 - self.writes, "other": 200 + self.writes, "gone": 400 + self.writes}
        for table in ("events_old", "expected"):
            kit.execute(self.dsn, self.WRITES.format(table=table, **numbers))

    def ids(self) -> list[str]:
        return [row[0] for row in kit.rows_of(self.dsn, "select event_id from events_old")]

    def state(self) -> Any:
        there, wanted = (
            kit.rows_of(self.dsn, f"select event_id, occurred_at, amount from {table} order by 1")  # noqa: S608
            for table in ("events_old", "expected")
        )
        parts = kit.rows_of(self.dsn, "select count(*) > 3 from pg_inherits where inhparent = 'events_old'::regclass")
        return there == wanted, parts

    def written(self) -> dict[str, Any]:
        """The rows of the copy, as long as it is one."""
        if kit.rows_of(self.dsn, "select to_regclass('events_old_partitioned') is null") == [(True,)]:
            return {}
        return dict(kit.rows_of(self.dsn, "select event_id, xmin::text from events_old_partitioned"))


class Export(Story):
    """Sixty rows of six days into a folder; what a reader of the newest manifest gets must be the table."""

    lock = "lock table etl_exports in access exclusive mode"

    def prepare(self) -> None:
        kit.execute(self.dsn, kit.TABLE)
        kit.execute(self.dsn, "truncate etl_exports cascade; truncate etl_runs cascade")
        self.bucket = Path(f"bucket-{random.randrange(10**9)}").resolve()
        times = [f"2025-01-{1 + number % 6:02}T10:{number:02}:00Z" for number in range(60)]
        kit.load(self.dsn, kit.write(Path(), [kit.row(number, occurred_at=at) for number, at in enumerate(times)]))

    def tasks(self) -> Iterator[tuple[str, Work]]:
        inputs = run_export.Inputs(dataset="sales_events", table_name="sales_events", bucket=str(self.bucket))
        yield "run_export", lambda: run_export.run_task(inputs, CTX)

    def ids(self) -> list[str]:
        manifest = max(self.bucket.rglob("_manifests/*.json"))
        keys = [file["key"] for file in json.loads(manifest.read_text())["files"]]
        return [row["event_id"] for key in keys for row in parquet.read_table(self.bucket / key).to_pylist()]

    def state(self) -> Any:
        days = "select day, rows, sha256 from etl_export_files where superseded_at is null order by 1"
        files = sorted(path.name for path in self.bucket.rglob("*.parquet"))
        return sorted(self.ids()) == sorted(super().ids()), kit.rows_of(self.dsn, days), files

    def written(self) -> dict[str, Any]:
        return {path.name: path.stat().st_ino for path in self.bucket.rglob("*.parquet")}


class Replay(Story):
    """Bad rows of three loads, good by the contract of today but for one."""

    BAD: ClassVar = (("-1", 10), ("-2", 15), ("-99", 40))

    def prepare(self) -> None:
        kit.execute(self.dsn, kit.TABLE)
        strict = kit.contracted(max_bad_rate=0.5)
        for number, (amount, share) in enumerate(self.BAD):
            first = number * 100
            rows = [kit.row(n, amount=amount if n % share == 0 else "5.00") for n in range(first, first + 100)]
            kit.load(self.dsn, kit.write(Path(), rows), contract=strict, run=f"run-{number}")

    def tasks(self) -> Iterator[tuple[str, Work]]:
        inputs = dlq_replay.Inputs(dry_run=False)
        yield "dlq_replay", lambda: dlq_replay.replay(inputs, CTX)


class Backfill(Story):
    """Three days from a source, each read, loaded, read again and so proven; every seventh step of many."""

    every = 7

    def prepare(self) -> None:
        kit.execute(self.dsn, kit.TABLE)
        kit.execute(self.dsn, "truncate etl_backfills cascade; truncate etl_runs cascade")

    def tasks(self) -> Iterator[tuple[str, Work]]:
        asked = {"since": "2025-03-01T00:00:00Z", "until": "2025-03-04T00:00:00Z", "run_name": "b"}
        inputs = run_backfill.Inputs(source="shop", table_name="sales_events", parallel=1, **asked)
        yield "run_backfill", lambda: run_backfill.run_task(inputs, CTX)

    def state(self) -> Any:
        windows = "select state, rows, bad, updated from etl_backfill_windows order by since"
        edges = "select dataset, rows, checksum from etl_lineage_edges order by 1"
        return kit.state(self.dsn), kit.rows_of(self.dsn, windows), kit.rows_of(self.dsn, edges)


def fetch(window: Any, folder: Path) -> Path:
    """The source of the backfill: fifty events a day, the same each time."""
    day = window.since.day
    at = f"{window.since:%Y-%m-%d}T10:00:00Z"
    return kit.write(folder, [kit.row(number, occurred_at=at) for number in range(day * 50, day * 50 + 50)])


STORIES = {
    "etl_improved": Improved,
    "etl_migration": Migration,
    "etl_export": Export,
    "etl_dlq_replay": Replay,
    "etl_backfill": Backfill,
}
