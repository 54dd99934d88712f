"""The list, a ticket's page and its birth certificate, on the page and as a command."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest
import requests

from kit import db, effects
from tests.console_support import EXECUTION, PASSWORD, TICKET_ID
from tickets import certificate, reviews, store
from tickets.decision import Decision
from tools.certificate.__main__ import main

OTHER = "T-0000000001"
AUTH = ("opsflows", PASSWORD)


def get(desk, path, **params):
    return requests.get(desk.url + path, params=params, auth=AUTH, timeout=20)


@pytest.fixture
def storied(desk, conn):
    """A ticket with everything that can happen to one."""
    desk.ticket()
    for execution_id, duplicate in (("intake1", False), ("intake2", True)):
        store.insert_delivery(conn, "wamid.7QK2M4X9AB", execution_id, duplicate=duplicate)
    attempt = {
        "ticket_id": TICKET_ID,
        "execution_id": EXECUTION,
        "ordinal": 0,
        "provider": "vision",
        "model": "gpt-6-luna",
        "outcome": "ok",
        "latency_ms": 1834,
        "tokens_in": 1211,
        "tokens_out": 240,
        "cost_usd": Decimal("0.000911"),
        "raw": json.dumps({"prompt": "receipt@1", "prompt_sha256": "b2c471e1"}),
    }
    store.insert_attempt(conn, attempt)
    effects.record(conn, f"sheet:{TICKET_ID}", "sheets.row", {"range": "Tickets!A12:Q12"})
    effects.record(conn, f"answer:{TICKET_ID}", "whatsapp.text", {"message_id": "wamid.answer"})
    store.set_sheet_range(conn, TICKET_ID, "Tickets!A12:Q12")
    uri = f"kestra:///opsflows/tickets/x/executions/{EXECUTION}/tasks/publish/1/ticket.pdf"
    store.set_files(conn, TICKET_ID, image_uri=None, document_uri=uri)
    desk.review()
    reviews.decide(
        conn, "R-7QK2M4X9AB", Decision(action="approve", changes={"total": "21.57"}), by="Ana", via="console"
    )
    db.execute(
        conn,
        "insert into tickets.corrections (ticket_id, revision, field, was, became, by, via) "
        "values (%s, 2, 'total', '21.75', '21.57', 'Ana', 'console')",
        (TICKET_ID,),
    )
    return desk


def test_the_list_shows_every_ticket_the_newest_first(desk):
    desk.ticket(OTHER, "accept", message={"received_at": "2026-10-31T23:30:00Z", "sender_name": "Luis Gil"})
    desk.ticket()
    page = get(desk, "/tickets").text
    assert page.index(TICKET_ID) < page.index(OTHER)
    for text in ("Luis Gil", "Aceptado", "21,75\xa0€", "1/11/2026 00:30"):
        assert text in page


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"verdict": "accept"}, {OTHER}),
        ({"verdict": "review"}, {TICKET_ID}),
        ({"state": "pending"}, {OTHER}),
        ({"sender": "luis"}, {OTHER}),
        ({"sender": "600111"}, {TICKET_ID, OTHER}),
        ({"sender": "%"}, set()),
        ({"month": "2026-11"}, {TICKET_ID, OTHER}),
        ({"month": "2026-10"}, set()),
        ({"month": "2026-13", "state": "'; --", "verdict": "x"}, {TICKET_ID, OTHER}),
        ({"after": "x"}, {TICKET_ID, OTHER}),
    ],
)
def test_filters(desk, filters, found):
    # Half past midnight of 1 November in Madrid, still October in UTC.
    message = {"received_at": "2026-10-31T23:30:00Z", "sender_name": "Luis Gil", "state": "pending"}
    desk.ticket(OTHER, "accept", message=message)
    desk.ticket()
    page = get(desk, "/tickets", **filters).text
    assert {ticket_id for ticket_id in (TICKET_ID, OTHER) if ticket_id in page} == found


def test_the_list_has_pages(desk):
    for number in range(51):
        desk.ticket(f"T-00000000{number:02}")
    first = get(desk, "/tickets", verdict="review")
    assert first.text.count('href="/tickets/T-') == 50
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older
    assert older[1].startswith("/tickets?verdict=review&amp;after=")
    desk.ticket("T-0000000099", message={"received_at": datetime.now(UTC)})
    second = get(desk, unescape(older[1]))
    assert set(re.findall(r'href="/tickets/(T-[0-9]+)"', second.text)) == {"T-0000000000"}
    assert 'rel="next"' not in second.text
    assert 'href="/tickets?verdict=review"' in second.text


@pytest.mark.parametrize("after", ["x", "WyJ4IiwieSJd", "'; --", "W10", "%00"])
def test_a_place_that_makes_no_sense_is_the_first_page(desk, after):
    desk.ticket()
    assert TICKET_ID in get(desk, f"/tickets?after={after}").text


def test_a_list_that_has_not_changed_is_not_sent_again(desk):
    desk.ticket()
    tag = get(desk, "/tickets").headers["ETag"]
    again = requests.get(f"{desk.url}/tickets", auth=AUTH, headers={"If-None-Match": tag}, timeout=20)
    assert (again.status_code, again.content) == (304, b"")
    desk.ticket(OTHER)
    assert get(desk, "/tickets").headers["ETag"] != tag


def test_a_ticket_has_its_picture_fields_and_history(storied):
    page = get(storied, f"/tickets/{TICKET_ID}").text
    for text in (
        "Mercado Peñalara",
        "B38757910",
        "gpt-6-luna",
        "21.75 → 21.57",
        "Ana",
        f"/tickets/{TICKET_ID}/piece/total",
    ):
        assert text in page
    assert get(storied, f"/tickets/{TICKET_ID}/picture").headers["Content-Type"] == "image/jpeg"
    assert get(storied, f"/tickets/{TICKET_ID}/piece/total").status_code == 200


def test_a_ticket_that_was_not_read_yet(desk):
    desk.ticket()
    desk.run("delete from tickets.tickets returning 1")
    desk.run("update tickets.messages set state = 'pending' returning 1")
    assert "Todavía no se ha leído (pendiente)" in get(desk, f"/tickets/{TICKET_ID}").text
    assert get(desk, f"/tickets/{TICKET_ID}/certificate").status_code == 200
    assert TICKET_ID in get(desk, "/tickets").text
    assert get(desk, f"/tickets/{TICKET_ID}/picture").status_code == 404


def test_what_is_unknown_is_not_there(desk):
    for path in (f"/tickets/{OTHER}", f"/tickets/{OTHER}/certificate", f"/tickets/{OTHER}/picture"):
        assert get(desk, path).status_code == 404
    assert get(desk, "/tickets/T-1").status_code in (404, 422)


@pytest.mark.usefixtures("storied")
def test_the_certificate_tells_the_whole_story(conn):
    born = certificate.build(conn, TICKET_ID)
    json.dumps(born)
    assert born["webhook"]["message_id"] == "wamid.7QK2M4X9AB"
    assert [one["duplicate"] for one in born["webhook"]["deliveries"]] == [False, True]
    process, waiting = born["executions"]
    assert process["url"].endswith(f"/opsflows.tickets/whatsapp_ticket_process/{EXECUTION}")
    assert waiting["flow"] == "whatsapp_ticket_review"
    (reading,) = born["readings"]
    assert (reading["prompt"], reading["prompt_sha256"], reading["cost_usd"]) == ("receipt@1", "b2c471e1", "0.000911")
    assert born["fields"]["total"] == {
        "value": "21.75",
        "confidence": 0.61,
        "read": "total",
        "box": [420, 560, 610, 600],
    }
    assert [check["text"] for check in born["checks"]] == ["El total no se lee con seguridad."]
    assert (born["review"]["decided_by"], born["corrections"][0]["became"]) == ("Ana", "21.57")
    assert [effect["kind"] for effect in born["effects"]] == ["sheets.row", "whatsapp.text"]
    assert born["effects"][0]["url"].endswith("/1BxiMVs0XRA5/edit#range=A12:Q12")
    assert born["projections"]["document"]["url"].startswith(
        "https://kestra.acme.test/api/v1/main/executions/7exec/file"
    )
    assert born["release"] == "0.1.0"


@pytest.mark.usefixtures("storied")
@pytest.mark.parametrize(("state", "seen"), [("told", True), ("alone", False)])
def test_the_certificate_tells_of_the_one_answer_to_a_burst(conn, state, seen):
    batch_id = "B-0000000009"
    db.execute(
        conn,
        "insert into tickets.batches (batch_id, sender_id, phone_number_id, state) values (%s, 's', 'p', 'sealed')",
        (batch_id,),
    )
    db.execute(
        conn,
        "insert into tickets.batch_members (ticket_id, batch_id, state) values (%s, %s, %s)",
        (TICKET_ID, batch_id, state),
    )
    effects.record(conn, f"answer:{batch_id}", "whatsapp.text", {"message_id": "wamid.burst"})
    effects.record(conn, f"answer:{OTHER}", "whatsapp.text", {"message_id": "wamid.other"})
    keys = [effect["key"] for effect in certificate.build(conn, TICKET_ID)["effects"]]
    assert (f"answer:{batch_id}" in keys) is seen
    assert f"answer:{OTHER}" not in keys


@pytest.mark.usefixtures("storied")
@pytest.mark.parametrize(
    "reference",
    [
        TICKET_ID,
        " t-7qk2m4x9ab ",
        "R-7QK2M4X9AB",
        "Tickets!A12:Q12",
        "A12",
        "12",
        f"kestra:///opsflows/tickets/x/executions/{EXECUTION}/tasks/publish/1/ticket.pdf",
    ],
)
def test_a_ticket_is_found_by_reference_row_or_document(conn, reference):
    assert certificate.find(conn, reference) == TICKET_ID


@pytest.mark.usefixtures("storied")
def test_a_ticket_is_found_by_the_link_that_people_got(conn):
    url = certificate.build(conn, TICKET_ID)["projections"]["document"]["url"]
    assert certificate.find(conn, url) == TICKET_ID


@pytest.mark.usefixtures("storied")
@pytest.mark.parametrize("reference", ["T-0000000000", "13", "Tickets!A1", "kestra:///x", "", "%", "'; --"])
def test_what_names_no_ticket_is_told(capsys, reference):
    assert main([reference]) == 1
    assert "No ticket has this reference" in capsys.readouterr().err


def test_the_page_of_the_certificate(storied):
    page = get(storied, f"/tickets/{TICKET_ID}/certificate").text
    for text in (
        *("wamid.7QK2M4X9AB", "repetido, sin efecto", "receipt@1 sha256:b2c471e1", "1211+240 tokens", "0.000911 USD"),
        *("whatsapp_ticket_process", "0.1.0", "El total no se lee con seguridad.", "21.75 → 21.57", "wamid.answer"),
        "https://docs.google.com/spreadsheets/d/1BxiMVs0XRA5/edit#range=A12:Q12",
    ):
        assert text in page, text


@pytest.mark.usefixtures("storied")
def test_the_command(capsys):
    assert main([TICKET_ID]) == 0
    said = capsys.readouterr().out
    for text in ("T-7QK2M4X9AB  Revisar", "receipt@1 sha256:b2c471e1", "total  21.75 → 21.57  Ana", "Tickets!A12:Q12"):
        assert text in said
    assert main(["12", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ticket_id"] == TICKET_ID


def test_what_was_read_moves_no_cursor(desk, capsys):
    desk.ticket(receipt={"merchant": "\x1b[2J\x07\x9bBar\u202e"})
    assert main([TICKET_ID]) == 0
    said = capsys.readouterr().out
    assert "Bar" in said
    assert not set("\x1b\x07\x9b\u202e") & set(said)


def test_as_a_person_runs_it():
    ended = subprocess.run(
        [sys.executable, "-m", "tools.certificate", "--help"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    assert "T-7QK2M4X9AB" in ended.stdout
