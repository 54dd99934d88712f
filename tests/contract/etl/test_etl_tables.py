"""Making the tables, and partitioning one that is in use: nothing is lost, whatever happens meanwhile."""

import threading
from collections.abc import Iterator

import pytest

from etl import migration, setup, tables
from etl.load import contract
from etl.partitioning import looks, shadow
from kit import db, task
from kit.errors import ConfigurationError, ConflictError, DeadlineError

NAMES = looks.Names("public", "events_old")
CTX = task.Context(execution_id="e1")
OLD = """
create table events_old (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null check (amount >= 0), currency text not null default 'EUR', quantity integer not null,
    payload jsonb, shop text);
comment on column events_old.shop is 'where';
create index events_old_shop on events_old (shop);
insert into events_old
select 'e-' || n, n % 97 + 1, 'sale', timestamptz '2026-01-15T00:00:00Z' + n * interval '1 hour', n, 'EUR', 1,
       jsonb_build_object('n', n), 'shop ' || n % 7
from generate_series(1, 3000) n
"""
STATE = (
    "select count(*) as rows, sum(hashtextextended(row(event_id, occurred_at, amount, shop)::text, 0)) as sum from {}"
)


@pytest.fixture
def old(migrated: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[db.Connection]:
    monkeypatch.setenv("OPSFLOWS_PG_DSN", migrated)
    with db.connect(migrated) as conn:
        db.execute(conn, OLD)
        yield conn
        for name in ("events_old", "events_old_partitioned", "events_old_unpartitioned"):
            db.execute(conn, f"drop table if exists {name} cascade")
        db.execute(conn, "drop function if exists events_old_partitioned_mirror() cascade")


def migrate(**changes) -> dict:
    given = {"table_name": "events_old", "dry_run": False, "batch_blocks": 7}
    return migration.run(migration.Inputs(**{**given, **changes}), CTX)


def state(conn: db.Connection, table: str = "events_old") -> dict:
    return db.fetch_one(conn, STATE.format(table)) or {}


def kinds(conn: db.Connection) -> list[str | None]:
    return [tables.kind(conn, "public", name) for name in (NAMES.table, NAMES.shadow, NAMES.old)]


def half(conn: db.Connection) -> shadow.State:
    """A run that was killed when half of the table was copied."""
    found = looks.look(conn, NAMES)
    assert found
    begun = shadow.make(conn, NAMES, found, 1000)

    class KilledError(Exception):
        pass

    def told(now: shadow.State) -> None:
        if now.next_block * 2 >= now.end_block:
            raise KilledError

    with pytest.raises(KilledError):
        shadow.fill(conn, NAMES, found, begun, 3, told)
    return begun


def test_a_rehearsal_says_what_would_be_done(old):
    found = migrate(dry_run=True)
    assert found["outcome"]["code"] == "planned"
    assert found["plan"] | {"bytes": 0} == {
        "rows": 3000,
        "bytes": 0,
        "months": ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"],
        "copied": 0.0,
    }
    assert kinds(old) == ["r", None, None]


def test_a_table_becomes_partitioned_with_all_that_belongs_to_it(old):
    db.execute(old, "grant select on events_old to public")
    before = state(old)
    assert migrate()["rows"] == 3000
    assert (kinds(old), state(old)) == (["p", None, "r"], before)
    parts = db.fetch_all(
        old, "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'events_old'::regclass"
    )
    assert {"events_old_2026_01", "events_old_2026_05"} <= {row["name"] for row in parts}
    kept = db.fetch_one(
        old,
        "select col_description('events_old'::regclass, 9) as said, to_regclass('events_old_pkey') is not null as key, "
        "to_regclass('events_old_type') is not null as ours, "
        "has_table_privilege('public', 'events_old', 'select') as granted",
    )
    assert kept == {"said": "where", "granted": True, "key": True, "ours": True}
    assert migrate()["outcome"]["code"] == "already_partitioned"
    db.execute(old, "insert into events_old values ('e-1', 1, 'sale', '2026-05-02T00:00:00Z', 5, 'EUR', 1)")
    assert db.fetch_one(old, "select count(*) as n from events_old where event_id = 'e-1'") == {"n": 1}


def test_a_killed_run_is_gone_on_with_and_what_was_written_meanwhile_is_there(old):
    half(old)
    db.execute(old, "insert into events_old values ('new', 1, 'sale', '2027-12-31T23:59:59Z', 5, 'EUR', 1, null, 's')")
    db.execute(old, "update events_old set amount = amount + 1 where event_id in ('e-1', 'e-2999')")
    db.execute(old, "update events_old set occurred_at = '2026-02-01T00:00:00Z' where event_id in ('e-2', 'e-2998')")
    db.execute(old, "delete from events_old where event_id in ('e-3', 'e-2997')")
    before = state(old)
    assert migrate(dry_run=True)["plan"]["copied"] > 0.4
    migrate()
    assert (kinds(old), state(old)) == (["p", None, "r"], before)


def test_it_is_written_and_read_all_the_while(old, migrated):
    """Two writers and a reader never fail, and nothing that they wrote is lost."""
    stop, troubles = threading.Event(), []

    def write(name: str) -> None:
        number = 0
        with db.connect(migrated) as conn:
            while not stop.is_set():
                number += 1
                try:
                    values = (f"{name}-{number}", f"2026-0{1 + number % 9}-03T00:00:00Z")
                    db.execute(conn, "insert into events_old values (%s, 1, 'sale', %s, 5, 'EUR', 1)", values)
                    db.execute(conn, "update events_old set amount = 6 where event_id = %s", values[:1])
                    db.execute(conn, "delete from events_old where event_id = %s", (f"{name}-{number - 2}",))
                except Exception as error:  # noqa: BLE001 - it is told below
                    troubles.append(error)
                    return
                written[name] = number

    written: dict[str, int] = {}
    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    try:
        migrate(batch_blocks=2, lock_timeout_ms=20_000)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert troubles == []
    assert kinds(old) == ["p", None, "r"]
    kept = "select count(*) as rows from events_old where event_id like 'e-%'"
    assert db.fetch_one(old, kept) == {"rows": 3000}
    for name, number in written.items():
        ids = [f"{name}-{number - 1}", f"{name}-{number}"][-number:]
        rows = db.fetch_all(
            old, "select event_id, amount::int as amount from events_old where event_id like %s", (f"{name}-%",)
        )
        assert sorted((row["event_id"], row["amount"]) for row in rows) == sorted((each, 6) for each in ids)


def test_a_reader_who_stays_long_hinders_the_swap_and_nobody_else(old, migrated):
    with db.connect(migrated) as reader, db.transaction(reader):
        db.fetch_all(reader, "select * from events_old limit 1")
        with pytest.raises(DeadlineError):
            migrate(lock_timeout_ms=200)
        assert kinds(old) == ["r", "p", None]
        assert state(old)["rows"] == 3000
    assert migrate()["rows"] == 3000


def test_rows_that_differ_are_not_swapped(old):
    half(old)
    db.execute(old, "delete from events_old_partitioned where event_id = 'e-1'")
    with pytest.raises(Exception, match="differ"):
        migrate()
    assert kinds(old) == ["r", "p", None]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("alter table events_old drop constraint events_old_pkey", "unique index"),
        ("alter table events_old alter occurred_at drop not null; update events_old set occurred_at = null", "no time"),
        ("alter table events_old alter occurred_at type timestamp", "zone"),
        ("create view reads_old as select * from events_old", "views"),
        ("create table refers (event_id text references events_old)", "foreign keys"),
        ("alter table events_old enable row level security", "policies"),
        ("alter table events_old add serial_no serial", "sequences"),
        ("create table events_old_unpartitioned ()", "already"),
    ],
)
def test_what_would_be_lost_is_refused(old, change, why):
    db.execute(old, change)
    try:
        with pytest.raises(ConflictError, match=why) as refused:
            migrate()
    finally:
        db.execute(old, "drop table if exists refers; drop view if exists reads_old")
    assert refused.value.code == "not_migratable"


@pytest.mark.usefixtures("old")
def test_one_run_at_a_time_and_only_for_a_table_that_is_there(migrated):
    lock = "etl:partitioning:public.events_old"
    with (
        db.connect(migrated) as other,
        db.advisory_lock(other, lock),
        pytest.raises(ConflictError, match="Another run"),
    ):
        migrate()
    with pytest.raises(ConfigurationError, match="no table"):
        migrate(table_name="nowhere")


def test_setup_makes_what_is_missing_and_nothing_twice(old):
    given = {"schema_name": "etl_setup_test", "table_name": "events", "audit_table_name": "audit"}
    inputs = setup.Inputs(**given)
    made = ["etl_setup_test.events", "etl_setup_test.audit", "etl_setup_test.sales_events"]
    try:
        assert setup.run(inputs.model_copy(update={"dry_run": True}), CTX)["created"] == made
        first = setup.run(inputs, CTX)
        assert (first["created"], len(first["partitions"])) == (made, 3)
        again = setup.run(inputs, CTX)
        assert (again["created"], again["partitions"]) == ([], first["partitions"])
        plain = db.fetch_all(
            old,
            "select attname as name from pg_attribute "
            "where attrelid = 'etl_setup_test.sales_events'::regclass and attnum > 0",
        )
        assert [row["name"] for row in plain] == [column.name for column in contract.read("sales_events").columns]
    finally:
        db.execute(old, "drop schema if exists etl_setup_test cascade")


@pytest.mark.usefixtures("old")
def test_setup_refuses_a_table_without_partitions():
    with pytest.raises(ConflictError, match="etl_migration"):
        setup.run(setup.Inputs(table_name="events_old"), CTX)
