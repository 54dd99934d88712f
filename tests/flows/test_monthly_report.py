"""The month's report on the engine: files, tab and card; made again it replaces them and posts no second card."""

import csv
import io

import pytest
from flowkit import Receipts
from monthkit import LUIS, fill, receipt

from kit import db

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]
MONTH = "2024-02"


def stored(receipts: Receipts, uri: str) -> bytes:
    owner = uri.split("/executions/")[1].split("/", maxsplit=1)[0]
    return receipts.get(f"executions/{owner}/file", path=uri).content


def cards(receipts: Receipts) -> list[dict]:
    return [card for card in receipts.providers.cards() if "febrero de 2024" in str(card)]


def test_a_month_becomes_files_a_tab_and_one_card(receipts: Receipts):
    made = [
        receipt(900 + number, issued_on="2024-02-29", sender=LUIS, merchant="=1+1", document_number=None)
        for number in range(3)
    ]
    with db.connect(receipts.stack.postgres.dsn) as conn:
        fill(conn, made)
    first = receipts.outputs(receipts.start("tickets.tickets_monthly_report", month=MONTH)["id"])
    assert (first["month"], first["sheet"], first["summary"]["accepted"]) == (MONTH, "ok", 3)
    assert stored(receipts, first["pdf"]).startswith(b"%PDF-")
    text = stored(receipts, first["csv"]).decode("utf-8-sig")
    _, *lines = csv.reader(io.StringIO(text), delimiter=";")
    assert [(line[0], line[5], line[-1]) for line in lines] == [
        (made[n]["ticket_id"], "'=1+1", "12,10") for n in range(3)
    ]
    again = receipts.outputs(receipts.start("tickets.tickets_monthly_report", month=MONTH)["id"])
    assert again["summary"] == first["summary"]
    rows = receipts.providers.rows(title=f"Gastos {MONTH}")
    assert [row[0] for row in rows if row] == ["Ticket", *(found["ticket_id"] for found in made)]
    (card,) = cards(receipts)
    assert "36,30" in str(card)


def test_what_is_no_month_is_refused(receipts: Receipts):
    with pytest.raises(Exception, match="422"):
        receipts.start("tickets.tickets_monthly_report", month="2024-13")
