"""What the table itself demands of a load: unique columns beyond the key, partitions, room on the disk; and its age."""

import subprocess
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from etl import load_csv
from etl.load import contract, freshness, run
from kit import db, task
from kit.errors import ConfigurationError, OpsflowsError, UnavailableError
from local import postgres
from tests import etl_support as kit

UNIQUE = "create unique index sales_note on sales_events (note)"
QUARANTINE = "select code, field, chunk, line from etl_quarantine order by chunk, line"
PARTITIONED = """
drop table sales_events;
create table sales_events (
    event_id text, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, note text, payload jsonb,
    primary key (event_id, occurred_at)
) partition by range (occurred_at)
"""


def test_a_row_that_another_key_stands_in_the_way_of_is_quarantined_and_the_rest_goes_on(sales, tmp_path):
    kit.execute(sales, UNIQUE)
    kit.load(sales, kit.write(tmp_path, [kit.row(1, note="A-1")]), run="run-0")
    rows = [
        kit.row(2, note="A-2"),
        kit.row(3, note="A-1"),  # the table has it under another key
        kit.row(4, note='"two\nlines"'),
        kit.row(5, note="A-2"),  # an earlier row of the file has it
        kit.row(6, note=""),
        kit.row(7, note=""),  # null is like no other
        kit.row(1, note="A-1", amount="7.00"),  # its own key
    ]
    report = kit.load(sales, kit.write(tmp_path, rows), contract=kit.contracted(unique=[["note"]]))
    assert (report.rows, report.bad, report.inserted, report.updated) == (5, 2, 4, 1)
    assert kit.rows_of(sales, QUARANTINE) == [("not_unique", "note", 0, 2), ("not_unique", "note", 0, 5)]
    assert kit.state(sales)[1] == 5
    unique = kit.contracted(unique=[["note"]])
    again = kit.load(sales, kit.write(tmp_path, rows), contract=unique, run="run-2", ttl_minutes=0)
    assert (again.state, again.inserted, again.updated) == ("done", 0, 0)


def test_rows_of_several_columns_and_chunks_are_judged_too(sales, tmp_path):
    kit.execute(sales, "create unique index on sales_events (customer_id, note)")
    rows = [kit.row(number, note=f"N-{number % 50}", customer_id="7") for number in range(100)]
    report = kit.load(sales, kit.write(tmp_path, rows), chunk_rows=30)
    assert (report.inserted, report.bad) == (50, 50)
    assert kit.rows_of(sales, "select distinct code, field from etl_quarantine") == [("not_unique", None)]


def test_a_contract_that_says_unique_wants_the_index(sales, tmp_path):
    path, asked = kit.write(tmp_path, [kit.row(1)]), kit.contracted(unique=[["note"]])
    with pytest.raises(ConfigurationError) as refused:
        kit.load(sales, path, contract=asked)
    assert refused.value.code == "target_unique_missing"
    kit.execute(sales, UNIQUE)
    assert kit.load(sales, path, contract=asked).inserted == 1


@pytest.mark.parametrize("wrong", [{"unique": [["colour"]]}, {"unique": [[]]}, {"freshness": "soon"}])
def test_wrong_rules_are_refused(wrong):
    with pytest.raises((ConfigurationError, ValidationError)):
        kit.contracted(**wrong)
    with pytest.raises(ConfigurationError):
        kit.contracted(freshness="1d", version=None)


def test_months_without_a_partition_get_one_before_anything_is_published(sales, tmp_path):
    kit.execute(sales, PARTITIONED)
    months = [kit.row(number, occurred_at=f"2025-{1 + number:02}-28T23:59:59Z") for number in range(10)]
    asked = kit.contracted(key=["event_id", "occurred_at"])
    assert kit.load(sales, kit.write(tmp_path, months), contract=asked, chunk_rows=3, workers=2).inserted == 10
    names = "select count(*) from pg_inherits where inhparent = 'sales_events'::regclass"
    assert kit.rows_of(sales, names)[0][0] >= 10


def test_a_partition_that_may_not_be_made_ends_the_load_before_anything_is_published(sales, tmp_path):
    kit.execute(sales, PARTITIONED)
    kit.execute(sales, "create table elsewhere partition of sales_events default")
    kit.execute(
        sales,
        "insert into elsewhere select 'x', 1, 'sale', '2025-03-05', 1, 'EUR' where not exists (select from elsewhere)",
    )
    asked = kit.contracted(key=["event_id", "occurred_at"])
    march = [kit.row(number, occurred_at="2025-03-07T10:00:00Z") for number in range(5)]
    with pytest.raises(OpsflowsError) as refused:
        kit.load(sales, kit.write(tmp_path, march), contract=asked)
    assert refused.value.provider == "postgres"
    assert kit.state(sales)[1] == 1


def test_only_the_clock_of_the_database_judges(sales, tmp_path, monkeypatch):
    """A worker whose clock is days ahead or behind takes the same rows."""
    now = datetime.now(UTC)
    times = [now + timedelta(hours=hours) for hours in (-1, 12, 36)]
    rows = [kit.row(number, occurred_at=f"{at:%Y-%m-%dT%H:%M:%SZ}") for number, at in enumerate(times)]
    for number, days in enumerate((-9, 0, 9)):
        shifted = type(
            "Clock", (datetime,), {"now": classmethod(lambda _cls, zone, d=days: now.astimezone(zone) + timedelta(d))}
        )
        monkeypatch.setattr(run, "datetime", shifted)
        report = kit.load(sales, kit.write(tmp_path, rows), run=f"run-{number}", ttl_minutes=0, max_bad_rate=0.5)
        assert (report.rows, report.reasons) == (2, {"range:occurred_at": 1})


@contextmanager
def small_disk(megabytes: int):
    """A disk of its own size, mounted; only root may."""
    with tempfile.TemporaryDirectory(prefix="opsflows-disk-") as folder:
        Path(folder).chmod(0o755)
        disk = Path(folder, "disk")
        disk.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", disk], check=False, capture_output=True
        )
        if mounted.returncode:
            pytest.skip("a file system can be mounted by root only")
        try:
            postgres._give_to_server_user(disk)
            yield disk
        finally:
            subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_costs_nothing_but_time(sales, tmp_path):
    rows = [kit.row(number, note=f"{'x' * 150}{number}") for number in range(9000)]
    path = kit.write(tmp_path, rows)
    with small_disk(2) as disk:
        with db.connect(sales) as conn:
            db.execute(conn, f"create tablespace small location '{disk}'")
            db.execute(conn, "alter table sales_events set tablespace small")
        with pytest.raises(UnavailableError) as full:
            kit.load(sales, path, chunk_rows=1000, retries=1)
        assert full.value.details["sqlstate"] == "53100"
        published = kit.rows_of(sales, "select count(*), sum(rows) from etl_load_chunks")
        assert 0 < published[0][0] < 9
        assert kit.state(sales)[1] == published[0][1]  # the chunk that did not fit left no row
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        report = kit.load(sales, path, chunk_rows=1000)
        assert (report.state, report.chunks_resumed, kit.state(sales)[1]) == ("done", published[0][0], 9000)
        kit.execute(sales, "drop table sales_events")
        kit.execute(sales, "drop tablespace small")


def test_a_table_is_as_fresh_as_its_newest_event(sales, tmp_path):
    now = datetime(2025, 6, 1, tzinfo=UTC)
    asked = kit.contracted(freshness="36h")

    def found():
        with db.connect(sales) as conn:
            return freshness.of(conn, "public", "sales_events", asked, now)

    assert found() == freshness.Freshness(None, None, stale=True)
    kit.load(sales, kit.write(tmp_path, [kit.row(1, occurred_at="2025-05-30T11:00:00Z")]))
    assert (found().stale, found().age_s) == (True, 37 * 3600)
    kit.load(sales, kit.write(tmp_path, [kit.row(2, occurred_at="2025-05-31T00:00:00Z")]), run="run-2")
    assert found() == freshness.Freshness(datetime(2025, 5, 31, tzinfo=UTC), 24 * 3600, stale=False)
    with db.connect(sales) as conn:
        assert freshness.of(conn, "public", "sales_events", kit.contracted(), now) is None


def test_the_task_says_whether_the_table_is_stale(sales, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", sales)
    monkeypatch.setattr(contract, "read", lambda _name: kit.contracted(freshness="1d"))
    path = kit.write(tmp_path, [kit.row(1)])
    inputs = load_csv.Inputs(source=str(path), dataset="sales_events", table_name="sales_events", run_name="run-1")
    assert load_csv.run_task(inputs, task.Context())["stale"] is True
    assert "etl_load_newest_age_seconds" in capsys.readouterr().out
