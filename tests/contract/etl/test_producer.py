"""What source_producer makes is the same in the table, the API and the bucket, and making it again changes nothing."""

import pytest
import sourcekit as kit

from etl import produce
from etl.load import contract, run
from etl.load.job import Job
from etl.load.source import CsvFile
from etl.sources import opening
from etl.sources.model import Window
from kit import db, task
from kit.errors import RefusedInputError
from tests import etl_support

SOURCES = ("sales_events_table", "sales_events_keyset", "sales_events_api", "sales_events_api_pages")
FILES = ("sales_events_csv", "sales_events_parquet")
DAY = {"since": "2026-11-20", "size": "600", "dirt": "0.04"}
CTX = task.Context(execution_id="exec-1")


@pytest.fixture
def dsn(migrated, sandbox, tmp_path, monkeypatch):
    assert sandbox
    monkeypatch.setenv("OPSFLOWS_PG_DSN", migrated)
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", str(tmp_path / "bucket"))
    with db.connect(migrated) as conn:
        db.execute(conn, "drop schema if exists source cascade; truncate ops.breakers")
    return migrated


def made(**changes):
    return produce.run(produce.Inputs(**(DAY | changes)), CTX)


def extracted(name: str, tmp_path, days: int = 1):
    window = Window(kit.DAY, kit.DAY.replace(day=20 + days))
    return opening.open_source(name).extract(window, tmp_path / f"{name}.csv")


@pytest.mark.usefixtures("dsn")
def test_every_source_gives_the_same_rows(tmp_path):
    told = made()
    assert (told["since"], told["until"]) == ("2026-11-20T00:00:00.000000Z", "2026-11-21T00:00:00.000000Z")
    assert (told["rows"], told["absent"], told["outcome"]["code"]) == (600, [], "ok")
    found = {name: extracted(name, tmp_path) for name in (*SOURCES, *FILES)}
    assert {one.rows for one in found.values()} == {600}
    assert len({one.checksum for one in found.values()}) == 1
    assert not any(one.is_fallback for one in found.values())


def test_making_a_day_again_changes_nothing_and_another_seed_replaces_it(dsn, tmp_path):
    state = "select md5(string_agg(e::text, '|' order by seq)) from source.{} e"
    first, before = made(), {name: extracted(name, tmp_path).checksum for name in (*SOURCES, *FILES)}
    tables = [etl_support.rows_of(dsn, state.format(name)) for name in ("customers", "products", "sales_events")]
    again = made()
    assert again["checksum"] == first["checksum"]
    assert {name: extracted(name, tmp_path).checksum for name in (*SOURCES, *FILES)} == before
    assert [etl_support.rows_of(dsn, state.format(n)) for n in ("customers", "products", "sales_events")] == tables
    made(seed="2", size="500")
    found = {name: extracted(name, tmp_path) for name in (*SOURCES, *FILES)}
    assert {one.rows for one in found.values()} == {500}
    assert {one.checksum for one in found.values()}.isdisjoint(before.values())


@pytest.mark.usefixtures("dsn")
def test_days_are_added_and_others_stay(tmp_path):
    made(days="2", size="50")
    made(since="2026-11-22", size="70")
    for name in (*SOURCES, *FILES):
        assert extracted(name, tmp_path, days=3).rows == 170
        assert extracted(name, tmp_path, days=1).rows == 50


def test_what_it_makes_is_loaded_as_it_is_meant(dsn, sales, tmp_path):
    """Late and changed rows are taken, duplicates once, malformed ones into the quarantine."""
    told = made()
    path = extracted("sales_events_parquet", tmp_path).path
    etl_support.execute(dsn, "alter table sales_events drop column note, add column quantity integer not null")
    job = Job(
        run="run-1", source=CsvFile(path), contract=contract.read("sales_events"), table="sales_events", workers=1
    )
    report = run.load(job, sales)
    assert (report.bad, report.rows) == (told["kinds"]["malformed"], 600 - told["kinds"]["malformed"])
    assert report.duplicates >= told["kinds"]["duplicate"]


def test_a_rehearsal_and_missing_targets(dsn, tmp_path, monkeypatch):
    told = made(dry_run="true")
    assert (told["outcome"]["code"], told["written"], told["rows"]) == ("planned", [], 600)
    assert etl_support.rows_of(dsn, "select 1 from pg_namespace where nspname = 'source'") == []
    assert not (tmp_path / "bucket").exists()
    monkeypatch.delenv("OPSFLOWS_ETL_API_URL")
    monkeypatch.delenv("OPSFLOWS_ETL_BUCKET")
    told = made()
    assert (told["absent"], {one["target"] for one in told["written"]}) == (["api", "bucket"], {"postgres"})
    assert made(targets="postgres")["absent"] == []
    with pytest.raises(RefusedInputError):
        made(targets="postgres,ftp")


@pytest.mark.usefixtures("dsn")
def test_into_s3(s3_uri, tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", s3_uri)
    told = made(targets="bucket", size="100")
    assert told["written"][-1]["keys"] == [
        "sales_events/csv/date=2026-11-20/part-00000.csv",
        "sales_events/parquet/date=2026-11-20/part-00000.parquet",
    ]
    assert {extracted(name, tmp_path).rows for name in FILES} == {100}
