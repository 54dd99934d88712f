"""Reviewed receipts as labels: what is right, and what was read instead."""

import json

import pytest

from benchmarks import receipts as benchmark
from kit import db
from kit.errors import NotFoundError
from tests.unit.tickets.inbox import TICKET_ID
from tests.unit.tickets.reviewed import REVIEW_ID, decided, doubtful
from tickets import review_apply
from tools.examples.export import export

URI = "kestra:///opsflows/tickets/whatsapp-ticket-process/executions/e1/image.jpg"


@pytest.fixture
def reviewed(conn):
    """A doubtful receipt with a picture, decided as the test says."""

    def reviewed(action="approve", **changes):
        doubtful(conn)
        db.execute(conn, "update tickets.tickets set image_uri = %s", [URI])
        decided(conn, action, **changes)
        assert review_apply.apply(conn, REVIEW_ID) == "applied"

    return reviewed


def test_a_corrected_receipt_is_a_label_and_says_what_was_read(conn, reviewed, tmp_path):
    reviewed(total="13.10", merchant="Bar Luna")
    made = export(conn, lambda uri: uri.encode(), tmp_path / "out", most=10)
    assert made == {"written": 1, "corrected": 1, "gone": 0}
    [label] = json.loads((tmp_path / "out/labels.json").read_text())
    assert (label["id"], label["company"], label["date"], label["total"]) == (
        TICKET_ID,
        "Bar Luna",
        "2026-11-20",
        "13.10",
    )
    assert label["corrections"] == {"total": "12.10", "merchant": "Bar Sol"}
    assert (tmp_path / f"out/{TICKET_ID}.jpg").read_bytes() == URI.encode()
    assert (tmp_path / "out/labels.json").stat().st_mode & 0o077 == 0
    assert benchmark.part_of(label["id"]) in ("tune", "report")


def test_one_approved_as_read_is_an_example_too(conn, reviewed, tmp_path):
    reviewed()
    assert export(conn, lambda _: b"", tmp_path, most=10) == {"written": 1, "corrected": 0, "gone": 0}


def test_a_rejected_one_is_none(conn, reviewed, tmp_path):
    reviewed("reject")
    assert export(conn, lambda _: b"", tmp_path, most=10)["written"] == 0
    assert json.loads((tmp_path / "labels.json").read_text()) == []


def test_a_picture_that_is_gone_is_counted(conn, reviewed, tmp_path):
    reviewed()

    def gone(_):
        raise NotFoundError("gone")

    assert export(conn, gone, tmp_path, most=10) == {"written": 0, "corrected": 0, "gone": 1}
