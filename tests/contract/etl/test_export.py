"""A table as Parquet in a bucket: a day a file, written once, with a manifest that is the table."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pyarrow import parquet

from etl import run_export
from etl.buckets import opening
from etl.export import files
from etl.load import contract
from kit import db, task
from kit.errors import ConfigurationError, ConflictError, InvalidResponseError, RefusedInputError
from tests import etl_support as kit

TABLE = """
alter table sales_events add count integer, add flag boolean, add ratio double precision, add day date,
    add free numeric,
    add plain timestamp, add bytes bytea, add code uuid
"""
ODD = """
update sales_events
set note = E'a "quoted",\\nline', count = 7, flag = true, ratio = 0.1, day = '2025-01-02', free = 1.25,
    plain = '2025-01-01 10:00:00.5', bytes = '\\x00ff', code = '5ef7c2a0-0000-0000-0000-000000000001',
    occurred_at = '2025-01-01 23:59:59.999999+00'
where event_id = 'evt-000000'
"""


class Desk:
    def __init__(self, dsn: str, bucket: str) -> None:
        self.dsn, self.bucket = dsn, opening.open_bucket(bucket)
        self.number = 0

    def run(self, **inputs):
        self.number += 1
        given = {"dataset": "sales_events", "table_name": "sales_events", **inputs}
        return run_export.run_task(run_export.Inputs(**given), task.Context(execution_id=f"e-{self.number}"))

    def read(self, key: str, folder):
        path = folder / "read"
        self.bucket.fetch(key, path)
        return path

    def manifest(self, told, folder) -> dict:
        return json.loads(self.read(told["manifest"], folder).read_bytes())

    def rows(self, told, folder) -> list[dict]:
        """All rows of a manifest, as a reader gets them."""
        found = []
        for file in self.manifest(told, folder)["files"]:
            path = self.read(file["key"], folder)
            assert files.sha256(path) == file["sha256"]
            found += parquet.read_table(path, partitioning=None).to_pylist()
        return sorted(found, key=lambda row: row["event_id"])


@pytest.fixture(params=["folder", "s3"])
def desk(request, sales, tmp_path, monkeypatch):
    bucket = str(tmp_path / "bucket")
    if request.param == "s3":
        bucket = request.getfixturevalue("s3_uri")
    monkeypatch.setenv("OPSFLOWS_PG_DSN", sales)
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", bucket)
    monkeypatch.setattr(contract, "read", lambda _dataset: kit.contracted())
    kit.execute(sales, "truncate etl_exports cascade; truncate etl_runs cascade")
    times = [f"2025-01-{1 + number % 6:02}T10:{number:02}:00Z" for number in range(60)]
    kit.load(sales, kit.write(tmp_path, [kit.row(number, occurred_at=at) for number, at in enumerate(times)]))
    return Desk(sales, bucket)


def test_every_row_and_type_arrives_and_files_are_partitioned_by_day(desk, tmp_path):
    kit.execute(desk.dsn, TABLE)
    kit.execute(desk.dsn, ODD)
    told = desk.run(verify=True)
    assert told["counts"]["written"] == told["counts"]["files"] == 6
    manifest = desk.manifest(told, tmp_path)
    assert (manifest["rows"], told["counts"]["rows"]) == (60, 60)
    first = manifest["files"][0]
    assert first["key"].startswith("exports/public.sales_events/year=2025/month=01/day=01/sales_events-")
    rows = desk.rows(told, tmp_path)
    assert len(rows) == 60
    assert {name: rows[0][name] for name in ("note", "count", "flag", "ratio", "day", "free", "code", "bytes")} == {
        "note": 'a "quoted",\nline',
        "count": 7,
        "flag": True,
        "ratio": 0.1,
        "day": date(2025, 1, 2),
        "free": "1.25",
        "code": "5ef7c2a0-0000-0000-0000-000000000001",
        "bytes": "\\x00ff",
    }
    assert rows[0]["occurred_at"] == datetime(2025, 1, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert rows[0]["plain"] == datetime(2025, 1, 1, 10, 0, 0, 500000)  # noqa: DTZ001 - as the table has it
    assert rows[1]["amount"] == Decimal("1.01")
    assert (rows[1]["note"], rows[1]["flag"], json.loads(rows[1]["payload"])["sku"]) == (None, None, "P-001")
    path = desk.read(first["key"], tmp_path)
    assert parquet.ParquetFile(path).metadata.row_group(0).column(0).compression == "SNAPPY"


def test_only_changed_days_are_written_and_no_file_is_written_over(desk, tmp_path):
    before = desk.run()
    kept = {entry.key: files.sha256(desk.read(entry.key, tmp_path)) for entry in desk.bucket.entries()}
    kit.execute(desk.dsn, "update sales_events set amount = 9.99 where event_id = 'evt-000003'")
    kit.execute(desk.dsn, "delete from sales_events where occurred_at::date = '2025-01-01'")
    told = desk.run()
    counts = {name: told["counts"][name] for name in ("written", "gone", "unchanged")}
    assert counts == {"written": 1, "gone": 1, "unchanged": before["counts"]["written"] - 2}
    assert {key: files.sha256(desk.read(key, tmp_path)) for key in kept} == kept
    in_table = kit.rows_of(desk.dsn, "select event_id, amount from sales_events order by 1")
    assert [(row["event_id"], row["amount"]) for row in desk.rows(told, tmp_path)] == in_table
    assert desk.run()["counts"]["written"] == 0


def test_a_day_that_is_again_as_it_was_is_in_its_old_file(desk, tmp_path):
    first = desk.manifest(desk.run(), tmp_path)["files"]
    kit.execute(desk.dsn, "update sales_events set amount = amount + 1 where event_id = 'evt-000003'")
    desk.run()
    kit.execute(desk.dsn, "update sales_events set amount = amount - 1 where event_id = 'evt-000003'")
    assert desk.manifest(desk.run(), tmp_path)["files"] == first


@pytest.mark.parametrize("dies", ["put", "note", "publish"])
def test_killed_it_is_run_again(desk, tmp_path, monkeypatch, dies):
    uses = []

    def deadly(*_arguments, **_options):
        uses.append(1)
        if len(uses) == (1 if dies == "publish" else 3):
            raise KeyboardInterrupt
        return real(*_arguments, **_options)

    owner = type(desk.bucket) if dies == "put" else files
    real = getattr(owner, dies)
    with monkeypatch.context() as patch:
        patch.setattr(owner, dies, deadly)
        with pytest.raises(KeyboardInterrupt):
            desk.run()
    told = desk.run()
    assert len(desk.rows(told, tmp_path)) == 60
    entries = [entry.key for entry in desk.bucket.entries("exports/")]
    assert len(entries) == told["counts"]["files"] + 1  # nothing twice, and one manifest


def test_a_range_touches_its_days_only(desk, tmp_path):
    told = desk.run(since="2025-01-02T15:00:00Z", until="2025-01-04T00:00:00Z")
    days = [file["day"] for file in desk.manifest(told, tmp_path)["files"]]
    assert days == ["2025-01-02", "2025-01-03"]
    assert desk.run()["counts"]["unchanged"] == 2


def test_a_plan_writes_nothing(desk):
    told = desk.run(dry_run=True)
    assert (told["outcome"]["code"], told["counts"]["written"] > 0) == ("planned", True)
    assert list(desk.bucket.entries()) == []
    assert kit.rows_of(desk.dsn, "select count(*) from etl_exports") == [(0,)]


def test_a_file_that_was_damaged_is_found(desk, tmp_path):
    monkey = desk.run()
    key = desk.manifest(monkey, tmp_path)["files"][0]["key"]
    desk.bucket.put(key, b"other")
    kit.execute(desk.dsn, "delete from etl_export_files")
    with pytest.raises(InvalidResponseError) as refused:
        desk.run(verify=True)
    assert refused.value.code == "export_damaged"


def test_a_row_that_the_file_lacks_is_found(desk, monkeypatch):
    monkeypatch.setattr("etl.export.parquet.write", lambda *_: 0)
    with pytest.raises(InvalidResponseError) as refused:
        desk.run()
    assert refused.value.code == "export_differs"
    assert list(desk.bucket.entries()) == []


def test_what_cannot_be_exported_is_refused(desk, monkeypatch):
    with pytest.raises(ConfigurationError, match="no table"):
        desk.run(table_name="nowhere")
    with pytest.raises(RefusedInputError):
        desk.run(since="2025-02-01T00:00:00Z", until="2025-01-01T00:00:00Z")
    with db.connect(desk.dsn) as conn:
        lock = f"etl:export:public.sales_events:{desk.bucket.uri}"
        with db.advisory_lock(conn, lock), pytest.raises(ConflictError):
            desk.run()
    monkeypatch.setattr(contract, "read", lambda _dataset: kit.contracted(version=None))
    with pytest.raises(ConfigurationError, match="no event time"):
        desk.run()


def test_without_a_bucket_there_is_nothing_to_do(desk, monkeypatch):
    monkeypatch.delenv("OPSFLOWS_ETL_BUCKET")
    assert desk.run()["outcome"]["code"] == "no_bucket"


def test_an_empty_table_has_an_empty_manifest(desk, tmp_path):
    kit.execute(desk.dsn, "truncate sales_events")
    assert desk.manifest(desk.run(), tmp_path)["files"] == []


def test_the_book_knows_where_the_rows_went(desk):
    told = desk.run()
    query = "select direction, rows from etl_lineage_edges order by 1"
    assert kit.rows_of(desk.dsn, query) == [("input", 60), ("output", 60)]
    assert kit.rows_of(desk.dsn, "select manifest, rows from etl_exports") == [(told["manifest"], 60)]
