"""Events are enriched, and of each the newest version is kept; what is bad is handed on as it came."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl.enrich import Enricher
from etl.improved import enriching
from etl.load import contract, source
from etl.load.fields import split
from etl.load.rows import Checker

HEADER = "event_id,customer_id,event_type,occurred_at,amount,currency,quantity,payload"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def row(event: str = "e-1", **changes: str) -> str:
    values = {
        "event_id": event,
        "customer_id": "7",
        "event_type": "sale",
        "occurred_at": "2026-05-01T10:00:00Z",
        "amount": "12.50",
        "currency": "EUR",
        "quantity": "1",
        "payload": '"{""a"": 1, ""b"": [2]}"',
    }
    return ",".join({**values, **changes}.values())


def enrich(tmp_path: Path, *rows: str | bytes, chunk_rows: int = 500) -> tuple[enriching.Enriched, list[bytes]]:
    path, made = tmp_path / "in.csv", tmp_path / "out.csv"
    lines = [HEADER.encode(), *(text if isinstance(text, bytes) else text.encode() for text in rows)]
    path.write_bytes(b"\n".join(lines) + b"\n")
    found = enriching.enrich(source.CsvFile(path, chunk_rows=chunk_rows), contract.read("sales_events"), NOW, made)
    return found, made.read_bytes().splitlines()[1:]


@pytest.mark.parametrize(
    ("changes", "net"),
    [({}, "12.50"), ({"event_type": "refund"}, "-12.50"), ({"event_type": "visit"}, "0.00"), ({"amount": "3"}, "3.00")],
)
def test_what_an_event_brings_in(tmp_path, changes, net):
    _, (line,) = enrich(tmp_path, row(**changes))
    assert split(line)[-2].text == net


def test_equal_rows_have_equal_fingerprints_however_they_are_spelt():
    enricher = Enricher(HEADER.split(","))

    def fingerprint(**changes: str) -> str:
        return enricher.fingerprint(split(row(**changes).encode()))

    same = [
        {"occurred_at": "2026-05-01T12:00:00+02:00"},
        {"amount": "12.5"},
        {"payload": '"{""b"":[2],""a"":1}"'},
        {"currency": '"EUR"'},
    ]
    assert {fingerprint(**changes) for changes in same} == {fingerprint()}
    other = [{"amount": "12.51"}, {"payload": ""}, {"payload": '"{}"'}, {"quantity": "11"}, {"customer_id": "71"}]
    assert len({fingerprint(**changes) for changes in other} | {fingerprint()}) == 6


def test_bad_rows_keep_their_reason_and_take_no_good_one_away(tmp_path):
    bad: list[str | bytes] = [
        row("e-2", amount='"1.234,56"'),
        row("e-1", occurred_at="2026-06-01T10:00:00Z", quantity="0"),  # newer than a good one, and bad
        row("e-3") + ",too,many",
        b"e-4,7,sale,2026-05-01T10:00:00Z,1,EUR,1,\xff",
        "",
    ]
    found, lines = enrich(tmp_path, row("e-1"), *bad, chunk_rows=2)
    assert found == enriching.Enriched(rows=5, bad=4, superseded=0)
    improved = contract.read("etl_improved_events")
    checker = Checker(improved, [*HEADER.split(","), "net_amount", "fingerprint"], NOW)
    checked = checker.check(b"\n".join(lines) + b"\n")
    assert [entry.code for entry in checked.bad] == ["locale", "range", "columns", "encoding"]


def test_of_an_event_the_newest_version_is_kept_wherever_it_lies(tmp_path):
    times = ["2026-05-01T10:00:00Z", "2026-05-01T13:00:00+01:00", "2026-05-01T11:59:59.999Z", "2026-05-01T12:00:00Z"]
    versions = [row("e-1", occurred_at=time, amount=str(number)) for number, time in enumerate(times)]
    rows = [*versions, *(row(f"x-{number}") for number in range(20))]
    random.Random(3).shuffle(rows)
    last = max(rows.index(versions[1]), rows.index(versions[3]))  # the same time twice: the one that came last
    found, lines = enrich(tmp_path, *rows, chunk_rows=3)
    assert found.superseded == 3
    assert next(line for line in lines if line.startswith(b"e-1,")).startswith(rows[last].encode())


def test_rows_of_several_lines_stay_whole(tmp_path):
    text = json.dumps({"note": "x"}).replace('"', '""').replace("x", "a b")
    found, lines = enrich(tmp_path, row("e-1", payload=f'"{text}\n"'), row("e-2"))
    assert (found.rows, len(lines)) == (2, 3)
    assert lines[1].startswith(b'",12.50,')


def test_nothing_is_enriched_to_nothing(tmp_path):
    found, lines = enrich(tmp_path)
    assert (found, lines) == (enriching.Enriched(0, 0, 0), [])
