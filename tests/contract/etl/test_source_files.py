"""CSV and Parquet as sources, in a folder and in S3: windows by day, broken rows as they came, columns that changed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sourcekit as kit

from etl.buckets import opening as buckets
from etl.sources import opening
from etl.sources.model import Checkpoint, Window
from kit import dates
from kit.errors import NotFoundError, RefusedInputError
from tests.bucket_support import SECRETS

HEADER = ",".join(kit.HEADER)
DAYS = [datetime(2026, 11, day, tzinfo=UTC) for day in (18, 19, 20, 21)]


@pytest.fixture(params=["folder", "s3"])
def bucket(request, tmp_path, monkeypatch):
    uri = request.getfixturevalue("s3_uri") if request.param == "s3" else str(tmp_path / "bucket")
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", uri)
    return buckets.open_bucket()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", str(tmp_path / "bucket"))
    return buckets.open_bucket()


def line(number: int, **changes) -> str:
    values = dict(
        zip(kit.HEADER, [f"evt-{number}", "1", "sale", "2026-11-20T10:00:00Z", "1.50", "EUR", "1", ""], strict=True)
    )
    return ",".join({**values, **changes}.values()) + "\n"


def config(**changes):
    return {"kind": "csv", "dataset": "sales_events", "uri": "sales/"} | changes


def extract(tmp_path, since=None, until=None, checkpoint=None, **changes):
    return opening.open_source(config(**changes), checkpoint).extract(Window(since, until), tmp_path / "rows.csv")


def put_days(bucket, header=HEADER, text=line):
    for number, day in enumerate(DAYS[:3]):
        rows = "".join(text(10 * number + n) for n in range(3))
        bucket.put(f"sales/date={day:%Y-%m-%d}/part-00000.csv", f"{header}\n{rows}".encode())


def test_days_of_a_window_come_in_order(bucket, tmp_path):
    put_days(bucket)
    found = extract(tmp_path, DAYS[1], DAYS[3])
    assert kit.ids(found.path) == ["evt-10", "evt-11", "evt-12", "evt-20", "evt-21", "evt-22"]
    assert (found.rows, found.checkpoint) == (6, Checkpoint(DAYS[3]))
    assert found.path.read_text().splitlines()[0] == HEADER


def test_a_file_by_itself_is_one_window(bucket, tmp_path):
    bucket.put("sales/all.csv", f"{HEADER}\n{line(1)}{line(2).rstrip()}".encode())
    found = extract(tmp_path, DAYS[1], DAYS[1] + timedelta(hours=1), uri="sales/all.csv")
    assert (found.rows, found.path.read_bytes()[-1:]) == (2, b"\n")


def test_nothing_there_and_nothing_in_the_window(bucket, tmp_path):
    with pytest.raises(NotFoundError) as caught:
        extract(tmp_path, DAYS[0], DAYS[1])
    assert caught.value.code == "source_missing"
    put_days(bucket)
    found = extract(tmp_path, DAYS[3], DAYS[3] + timedelta(days=5))
    assert (found.rows, found.path.read_text()) == (0, HEADER + "\n")


def test_broken_rows_go_through_as_they_came(folder, tmp_path):
    rows = [line(1).encode(), b"evt-\xff,2\n", b"evt-\0,3\n", b'evt-"x\n', line(4).encode(), b"x" * 1_100_000 + b"\n"]
    folder.put(f"sales/date={DAYS[0]:%Y-%m-%d}/a.csv", HEADER.encode() + b"\r\n" + b"".join(rows))
    found = extract(tmp_path, DAYS[0], DAYS[1])
    assert found.path.read_bytes() == HEADER.encode() + b"\n" + b"".join(rows)


def test_other_columns_and_another_order_are_put_right(folder, tmp_path):
    """seq and recorded_at are the source's own; then a window may cut through a day."""
    header = ",".join(["seq", "recorded_at", *reversed(kit.HEADER)])

    def text(number: int) -> str:
        day = DAYS[number // 10] + timedelta(hours=number % 10)
        fields = [str(number), dates.to_iso(day), '"{""a"": 1}"', "1", "EUR", '""', "2026-11-20T10:00:00Z", "sale"]
        return ",".join([*fields, "1", f"evt-{number}"]) + "\n"

    put_days(folder, header, text)
    found = extract(tmp_path, DAYS[0] + timedelta(hours=1), DAYS[1] + timedelta(hours=2))
    assert kit.ids(found.path) == ["evt-1", "evt-2", "evt-10", "evt-11"]
    assert found.path.read_text().splitlines()[1] == ('evt-1,1,sale,2026-11-20T10:00:00Z,"",EUR,1,"{""a"": 1}"')
    broken = b"nobody knows\n"
    folder.put(f"sales/date={DAYS[3]:%Y-%m-%d}/a.csv", header.encode() + b"\n" + broken + text(30).encode())
    found = extract(tmp_path, DAYS[3], DAYS[3] + timedelta(days=1))
    assert found.path.read_bytes().splitlines()[1:] == [
        broken.strip(),
        line(30, payload='"{""a"": 1}"', amount='""')[:-1].encode(),
    ]


def test_a_part_of_a_day_needs_rows_that_tell_their_time(folder, tmp_path):
    put_days(folder)
    with pytest.raises(RefusedInputError) as caught:
        extract(tmp_path, DAYS[0], DAYS[1] + timedelta(hours=1))
    assert caught.value.code == "window_not_whole_days"


def test_from_the_checkpoint_on_whole_days_until_yesterday(folder, tmp_path):
    put_days(folder)
    found = extract(tmp_path, checkpoint=Checkpoint(DAYS[2]), overlap_s=300)
    assert kit.ids(found.path) == ["evt-10", "evt-11", "evt-12", "evt-20", "evt-21", "evt-22"]
    assert found.checkpoint.watermark == dates.utcnow().replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (HEADER.replace(",amount", ""), "columns_missing"),
        (HEADER.replace("amount", "betrag"), "columns_missing"),
        (HEADER + ",colour", "columns_unknown"),
        ("", "no_header"),
    ],
)
def test_a_changed_header_is_refused(folder, tmp_path, header, code):
    put_days(folder, header)
    with pytest.raises(RefusedInputError) as caught:
        extract(tmp_path, DAYS[0], DAYS[3])
    assert caught.value.code == code


def table(**changes):
    """A file as source_producer writes it."""
    columns = {
        "event_id": ["evt-1", "evt-2", 'evt-"3"'],
        "customer_id": pa.array([1, None, 3], pa.int64()),
        "event_type": pa.array(["sale", "", "sale"]).dictionary_encode(),
        "occurred_at": pa.array([DAYS[0]] * 3, pa.timestamp("us", "UTC")),
        "amount": pa.array([Decimal("1.50")] * 3),
        "currency": ["EUR"] * 3,
        "quantity": pa.array([1, 2, 3], pa.int16()),
        "payload": ['{"a": "b, c"}', None, "{}"],
        "seq": [1, 2, 3],
        "recorded_at": pa.array([DAYS[0] + timedelta(hours=n) for n in range(3)], pa.timestamp("us", "UTC")),
    }
    return pa.table({name: values for name, values in {**columns, **changes}.items() if values is not None})


def put_table(bucket, tmp_path, made, day=DAYS[0]):
    pq.write_table(made, tmp_path / "made")
    bucket.put(f"sales/date={day:%Y-%m-%d}/part-00000.parquet", tmp_path / "made")


def test_parquet_comes_as_the_loader_reads_it(bucket, tmp_path):
    put_table(bucket, tmp_path, table())
    found = extract(tmp_path, DAYS[0], DAYS[0] + timedelta(hours=2), kind="parquet")
    assert found.path.read_text().splitlines() == [
        HEADER,
        'evt-1,1,sale,2026-11-18 00:00:00.000000Z,1.50,EUR,1,"{""a"": ""b, c""}"',
        'evt-2,,"",2026-11-18 00:00:00.000000Z,1.50,EUR,2,',
    ]
    assert found.rows == 2
    assert extract(tmp_path, DAYS[0], DAYS[1], kind="parquet").path.read_text().count('"evt-""3"""') == 1


def test_objects_become_json_and_an_empty_column_null(folder, tmp_path):
    put_table(folder, tmp_path, table(payload=[{"a": "é"}, None, {"a": None}], quantity=pa.nulls(3)))
    rows = kit.rows(extract(tmp_path, DAYS[0], DAYS[1], kind="parquet").path)
    assert [row["payload"] for row in rows] == ['{"a":"é"}', "", '{"a":null}']
    assert {row["quantity"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": None}, "columns_missing"),
        ({"colour": ["red"] * 3}, "columns_unknown"),
        ({"amount": [1.5] * 3}, "columns_retyped"),
        ({"event_id": [1, 2, 3]}, "columns_retyped"),
        ({"occurred_at": pa.array([DAYS[0].replace(tzinfo=None)] * 3)}, "columns_retyped"),
        ({"payload": pa.array([b"x"] * 3)}, "columns_retyped"),
    ],
)
def test_a_changed_column_of_parquet_is_refused(folder, tmp_path, changes, code):
    put_table(folder, tmp_path, table(**changes))
    with pytest.raises(RefusedInputError) as caught:
        extract(tmp_path, DAYS[0], DAYS[1], kind="parquet")
    assert caught.value.code == code


@pytest.mark.parametrize("keep", [0, 10, -20])
def test_a_file_that_is_not_complete_is_told(folder, tmp_path, keep):
    pq.write_table(table(), tmp_path / "made")
    folder.put(f"sales/date={DAYS[0]:%Y-%m-%d}/a.parquet", (tmp_path / "made").read_bytes()[:keep])
    with pytest.raises(RefusedInputError) as caught:
        extract(tmp_path, DAYS[0], DAYS[1], kind="parquet")
    assert caught.value.code == "file_broken"


def test_a_bucket_that_does_not_let_us_in_has_its_fallback(s3_uri, tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ETL_BUCKET", str(tmp_path / "bucket"))
    put_days(buckets.open_bucket(), text=line)
    for entry in list(buckets.open_bucket().entries()):
        there = tmp_path / "bucket/sales_events/csv" / entry.key.removeprefix("sales/")
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes((tmp_path / "bucket" / entry.key).read_bytes())
    for name in SECRETS:
        monkeypatch.delenv(name)
    found = extract(tmp_path, DAYS[0], DAYS[3], uri=f"{s3_uri}/", fallback="sales_events_csv")
    assert (found.rows, found.is_fallback, found.problem) == (9, True, "secret_missing")
