"""The ETL's pages, the costs, and what they show of what must not be shown."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import quote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from console import costs, figures, passwords
from console.etl import book as books
from console.etl import masks, runs
from etl import record
from kit import db, locales
from tests.book_support import TOKEN
from tests.console_support import PASSWORD
from tickets import store

pytestmark = pytest.mark.usefixtures("book")

CANARY = "sk-proj-Zq83canaryZq83canaryZq83canary"
RAW = "17;Ana López;ana.lopez@example.org;1.234,56;2026-11-01"


@pytest.fixture
def operator(desk):
    return desk.sign_in()


@pytest.fixture
def reader(desk, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_CONSOLE_USERS", f"lea:reader:{passwords.make('Wq9-fern-Kilo-88')}")
    return desk.sign_in("lea", "Wq9-fern-Kilo-88")


@pytest.fixture
def full(book):
    """A little of everything: three runs that follow each other, alerts, lineage, quarantine."""
    first = book.run(1, run_label="daily")
    second = book.run(2, parents='["exec1"]', flow="etl_consumer", ratio=0.5)
    third = book.run(1500, dry_run=True, status="planned")
    with db.connect(book.dsn) as conn:
        record.alert(conn, run_id=second, kind="low_ratio", level="warning", message="half of it <b>bad</b>")
    book.details(first, RAW)
    book.ids = (first, second, third)
    return book


def rows(text):
    """Runs that a page of the history links to, in its order."""
    shown = text.split('id="history"')[1]
    return [int(found) for found in re.findall(r'<td><a href="/etl/runs/(\d+)">', shown)]


def test_an_empty_book_is_a_page_too(operator):
    page = operator.open("/etl")
    assert page.status_code == 200
    assert "Todavía no ha terminado ninguna" in page.text
    assert operator.open("/costs").status_code == 200


def test_the_page_shows_all_of_it(full, operator):
    page = operator.open("/etl").text
    first, second, third = full.ids
    assert rows(page) == [third, second, first]
    for text in ("99,00\xa0%", "de 1.000", "ensayo", "low_ratio", "half of it &lt;b&gt;bad", "etl_consumer", "orders"):
        assert text in page, text
    assert "/etl/quarantine?dataset=orders&amp;code=locale" in page
    assert 'data-source="/etl/chart.json?days=90"' in page


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("flow=etl_consumer", [1]),
        ("run_label=daily&flow=etl_example", [2, 0]),
        ("status=planned", [2]),
        ("dry_run=yes", [2]),
        ("dry_run=no", [1, 0]),
        ("start=2026-11-02", [2]),
        ("end=2026-11-01", [1, 0]),
        ("start=2026-11-02&end=2026-11-01", []),
        ("status=x&dry_run=x&start=x&end=9999-12-31&days=x&after=x", [2, 1, 0]),
        ("start=0001-01-01&end=2026-11-31&run_label=%00", [2, 1, 0]),
        ("run_label=%27;--", []),
    ],
)
def test_filters_of_the_history_and_the_same_as_csv(full, operator, query, wanted):
    page = operator.open(f"/etl?{query}").text
    assert rows(page) == [full.ids[number] for number in wanted]
    address = unescape(re.search(r'href="(/api/metrics/history[^"]+)"', page)[1])
    lines = csv.DictReader(io.StringIO(operator.open(address).text))
    assert [int(line["run_id"]) for line in lines] == [full.ids[number] for number in wanted]


def test_the_history_has_pages_that_hold_each_run_once(book, operator):
    before = [book.run(number, run_label="a&b") for number in range(60)]
    address, seen = "/etl?run_label=a%26b", []
    while address:
        page = operator.open(address).text
        seen += rows(page)
        book.run(3000 + len(seen), run_label="a&b")
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(older[1]).split("#")[0] if older else ""
    assert seen == before[::-1]


def test_the_chart_has_a_value_for_each_day_on_which_something_ran(book, operator):
    today = datetime.now(UTC)
    book.run(1, started_at=today.isoformat(), ratio=0.75)
    book.run(2, started_at=(today - timedelta(days=60)).isoformat(), flow="etl_export")
    for query, days in (("days=90", 2), ("days=30", 1), ("days=90&flow=etl_export", 1), ("days=7", 2), ("flow=x", 0)):
        found = operator.open(f"/etl/chart.json?{query}").json()
        assert [len(series) for series in found["series"]] == [days] * 5, query
        assert found["low"] == books.LOW_RATIO
    moments, ratio, accepted, runs, low = operator.open("/etl/chart.json?days=30").json()["series"]
    assert moments == [int(datetime.combine(today.date(), datetime.min.time(), UTC).timestamp())]
    assert (ratio, accepted, runs, low) == ([0.75], [990], [1], [1])


def test_a_run_with_its_lineage_both_ways(full, operator):
    first, second, _ = full.ids
    page = operator.open(f"/etl/runs/{first}").text
    for text in (
        *("api:orders", "postgres:public.orders", "1.000 filas", "published", "chunk_seconds", "quantile"),
        *(f"/etl/runs/{second}", "https://kestra.acme.test/ui/main/executions/opsflows.etl/etl_example/exec1"),
        "/etl/quarantine?dataset=orders&amp;code=locale",
    ):
        assert text in page, text
    assert f"/etl/runs/{first}" in operator.open(f"/etl/runs/{second}").text


@pytest.mark.parametrize("path", ["/etl/runs/999999", "/etl/runs/0", "/etl/runs/x", "/etl/runs/99999999999999999999"])
def test_a_run_that_is_not_there(operator, path):
    assert operator.open(path).status_code in (404, 400, 422)
    assert "Traceback" not in operator.open(path).text


@pytest.mark.usefixtures("full")
def test_readers_see_the_shape_of_quarantined_rows_and_operators_their_text(operator, reader):
    path = "/etl/quarantine?dataset=orders&code=locale"
    seen = unescape(reader.open(path).text)
    assert "99;xxx xxxxx;xxx.xxxxx@xxxxxxx.xxx;9.999,99;9999-99-99" in seen
    for part in ("Ana", "López", "example.org", "1.234"):
        assert part not in seen
    whole = unescape(operator.open(path).text)
    assert "Ana López" in whole
    assert "ana.lopez@example.org" not in whole


@given(st.text(max_size=200))
def test_a_shape_holds_no_letter_and_no_digit_of_the_row(text):
    found = masks.shape(text)
    assert len(found) == len(text)
    assert set(found) <= {"x", "9"} | {one for one in text if not one.isalpha() and not one.isdigit()}


@pytest.mark.parametrize("before", range(masks.MOST - len(CANARY), masks.MOST, 5))
def test_a_secret_where_a_text_is_cut_is_hidden_whole(before):
    text = "x" * (before - 1) + " " + CANARY
    assert CANARY[:8] not in masks.shown(text, "operator")
    assert CANARY[:8] not in runs._text(text[before - runs._LONGEST + 20 :])


@pytest.mark.usefixtures("full")
def test_pages_of_the_quarantine_hold_each_row_once(operator):
    path, lines = "/etl/quarantine?dataset=orders&code=locale", []
    while path:
        page = operator.open(path).text
        lines += re.findall(r'<td class="amount">(0:\d+)</td>', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(older[1]) if older else ""
    assert sorted(lines) == sorted(f"0:{number}" for number in range(1, 31))
    for wrong in ("", "?dataset=orders", "?dataset=orders&code=%00"):
        assert operator.open(f"/etl/quarantine{wrong}").status_code == 404
    assert operator.open("/etl/quarantine?dataset=orders&code=locale&after=WzEsMiwzLDRd").status_code == 200


def test_a_quarantine_of_many_is_counted_up_to_a_bound(book, operator):
    book.sql(
        "insert into etl_quarantine (load_id, chunk, line, dataset, code, raw) "
        "select 'r', 0, n, case when n < 10 then 'a' else 'b' end, 'enum', 'x' "
        "from generate_series(1, 2500) n returning 1"
    )
    page = operator.open("/etl").text
    assert "&gt; 2.000" in page
    assert re.search(r"<td>a</td>.*?<td class=\"amount\">9</td>", page, re.DOTALL)


@pytest.mark.parametrize("path", ["/etl", "/etl/runs/{}", "/etl/quarantine?dataset=orders&code=locale", "/costs"])
def test_what_has_not_changed_is_not_sent_again(full, operator, path):
    path = path.format(full.ids[0])
    tag = operator.open(path).headers["ETag"]
    again = operator.open(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert operator.open(path).headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    "path", ["/etl", "/etl/chart.json", "/etl/runs/1", "/etl/quarantine?dataset=a&code=b", "/costs"]
)
def test_nobody_sees_them_who_has_not_signed_in(desk, path):
    answer = requests.get(desk.url + path, headers={"Accept": "text/html"}, timeout=20, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in")
    assert requests.get(desk.url + path, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20).status_code == 401


def test_no_page_and_no_address_shows_a_secret(full, operator, reader):
    """In everything that a run can carry; and the console's own secrets nowhere."""
    with db.connect(full.dsn) as conn:
        run_id = record.begin(
            conn, flow="etl_example", run_name="canary", params={"token": CANARY, "dsn": f"x {CANARY}"}
        )
        record.audit(conn, run_id, "failed", {"error": f"Authorization: Bearer {CANARY}"})
        record.finish(
            conn, run_id, status="failed", total_rows=1, expected_rows=2, ratio=0.5, outcome={"message": CANARY}
        )
        db.execute(
            conn,
            "insert into etl_quarantine (load_id, chunk, line, dataset, code, raw) "
            "values ('canary', 0, 1, 'd', 'c', %s)",
            (f"x;{CANARY};y",),
        )
    paths = ["/etl", f"/etl/runs/{run_id}", "/etl/quarantine?dataset=d&code=c", "/costs", "/tickets", "/api/docs"]
    paths += ["/api/metrics/latest", "/api/metrics/history", "/api/metrics/history?format=csv", "/api/alerts/recent"]
    paths += ["/api/etl/health", "/api/etl/metrics", "/api/openapi.json", "/etl/chart.json"]
    for browser in (operator, reader):
        for path in paths:
            answer = browser.open(path)
            assert answer.status_code == 200, path
            for secret in (CANARY, TOKEN, PASSWORD, full.dsn):
                assert secret not in answer.text, path


def test_costs_by_month_engine_model_and_flow(desk, operator, conn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_STORAGE_PRICE_GB_MONTH", "0.12")
    desk.ticket(message={"received_at": datetime.now(UTC)})
    for ordinal, (provider, cost) in enumerate(
        (("ocr", None), ("vision", Decimal("0.000350")), ("vision", Decimal(2)))
    ):
        attempt = {"ticket_id": "T-7QK2M4X9AB", "execution_id": "e1", "ordinal": ordinal, "provider": provider}
        attempt |= {"model": "gpt-6-luna", "outcome": "ok", "latency_ms": 900, "tokens_in": 1200, "tokens_out": 240}
        store.insert_attempt(conn, attempt | {"cost_usd": cost, "raw": json.dumps({"canary": CANARY})})
    page = operator.open("/costs").text
    for text in ("2,00\xa0USD", "gpt-6-luna", "whatsapp_ticket_process", "2.400", "etl_improved_metrics", "€"):
        assert text in page, text
    assert CANARY not in page
    assert ">ocr<" not in page


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2026, 11, 22), 12, date(2025, 12, 1)),
        (date(2026, 1, 1), 1, date(2026, 1, 1)),
        (date(2026, 3, 31), 4, date(2025, 12, 1)),
    ],
)
def test_the_oldest_of_some_months(today, months, first):
    assert costs.first_month(today, months) == first


def test_what_a_month_will_cost_is_what_it_cost_so_far_in_proportion():
    months = [
        {"month": date(2026, 11, 1), "cost_usd": Decimal(11)},
        {"month": date(2026, 10, 1), "cost_usd": Decimal(9)},
    ]
    assert costs.expected(months, date(2026, 11, 22)) == Decimal(15)
    assert costs.expected(months[1:], date(2026, 11, 22)) is None


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: figures.number(None), "\u2013"),
        (lambda: figures.number(1234567), "1.234.567"),
        (lambda: figures.percent(0.99997), "99,99\xa0%"),
        (lambda: figures.percent(1.0), "100,00\xa0%"),
        (lambda: figures.percent(0.98), "98,00\xa0%"),
        (lambda: figures.size(1_234_000_000), "1,2\xa0GB"),
        (lambda: figures.size(0), "0\xa0B"),
        (lambda: figures.span(0.25), "0,2\xa0s"),
        (lambda: figures.span(125), "2\xa0min 5\xa0s"),
        (lambda: figures.span(7200), "2\xa0h"),
        (lambda: figures.span(200_000), "2\xa0d 7\xa0h"),
        (lambda: figures.dollars(Decimal("0.00035")), "0,000350\xa0USD"),
        (lambda: figures.dollars(Decimal(12)), "12,00\xa0USD"),
    ],
)
def test_numbers_as_people_write_them(made, text):
    with locales.spoken("es"):
        assert made() == text


def test_a_hostile_flow_or_label_is_text(book, operator):
    hostile = "<script>alert(1)</script>\"'&=1+1"
    run_id = book.run(1, run_label=hostile, run_name=hostile, flow="etl_example")
    for path in ("/etl", f"/etl?run_label={quote(hostile)}", f"/etl/runs/{run_id}"):
        page = operator.open(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    with db.connect(book.dsn) as conn:
        record.alert(conn, run_id=run_id, kind='a"} 1\nfake{x="', level="info", message="x")
    assert "\nfake" not in book.get("etl/metrics").text
