"""The pages about the ETL, costs, tickets and the API in a real browser: every filter, the chart, axe, a phone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from etl import record
from kit import db
from tests.web.console_browser import findings

pytestmark = pytest.mark.web

MOST_BYTES = 200_000
QUARANTINE = "/etl/quarantine?dataset=orders&code=locale"
RUNS = "main section:has(#history) tbody a"


@pytest.fixture
def filled(book, desk):
    """Two months of runs, with a little of everything about the newest."""
    today = datetime.now(UTC)
    for number in range(60):
        at = today - timedelta(days=number, minutes=5)
        low, rehearsal = number % 7 == 0, number == 5
        run_id = book.run(
            number,
            started_at=at.isoformat(),
            run_label="nightly" if number % 2 else "daily",
            flow="etl_improved" if number % 3 else "etl_example",
            ratio=0.95 if low else 0.995,
            dry_run=rehearsal,
            status="planned" if rehearsal else "failed" if number == 9 else "succeeded",
        )
        if number == 0:
            newest = run_id
    with db.connect(book.dsn) as conn:
        record.alert(conn, run_id=newest, kind="low_ratio", level="warning", message="95 % accepted")
    book.details(newest, "Ana;1.234,56")
    for number in range(51):
        desk.ticket(f"T-00000000{number:02}", image_uri=None)
    desk.newest = newest
    return desk


def drawn(page):
    """Wait for the chart, and return how many of its canvas's pixels are of a colour."""
    page.locator(".chart[data-drawn=yes] canvas").wait_for()
    return page.locator(".chart canvas").evaluate(
        "(one) => one.getContext('2d').getImageData(0, 0, one.width, one.height)"
        ".data.filter((value, at) => at % 4 == 3 && value).length"
    )


def test_the_chart_is_drawn_and_says_the_values_of_a_day(filled, visit):
    page = visit(f"{filled.url}/etl", signed_in=True)
    assert drawn(page) > 2000
    page.locator(".chart .u-over").hover(position={"x": 300, "y": 80})
    legend = page.locator(".chart .u-legend").inner_text()
    assert "Proporción aceptada" in legend
    assert "%" in legend.split("Proporción aceptada")[1]
    for days in ("30", "180", "90"):
        page.get_by_role("link", name=f"{days} días").click()
        expect(page.locator(".spans [aria-current]")).to_have_text(f"{days} días")
        assert drawn(page) > 1000


@pytest.mark.parametrize("broken", ["refused", "gone"])
def test_without_its_figures_the_table_is_shown_instead_of_the_chart(filled, visit, broken):
    page = visit(f"{filled.url}/costs", signed_in=True)
    page.route("**/chart.json*", lambda route: route.fulfill(status=503) if broken == "refused" else route.abort())
    page.goto(f"{filled.url}/etl")
    page.locator("details[open] tbody tr").first.wait_for()
    expect(page.locator(".chart")).to_be_hidden()
    # Chromium writes what could not be fetched into its console.
    assert all("Failed to load resource" in text for text in visit.troubles)
    visit.troubles.clear()


def test_the_chart_follows_the_window_and_the_colours(filled, visit):
    page = visit(f"{filled.url}/etl", signed_in=True, scheme="dark")
    assert drawn(page) > 2000
    page.set_viewport_size({"width": 700, "height": 900})
    # Asked from outside, because the page's policy allows no eval.
    for _ in range(500):
        if page.locator(".chart .u-wrap").evaluate("(one) => one.clientWidth") < 700:
            break
        page.wait_for_timeout(20)
    assert page.locator(".chart .u-wrap").evaluate("(one) => one.clientWidth") < 700
    page.emulate_media(color_scheme="light")
    assert drawn(page) > 1000


def test_the_table_says_what_the_chart_shows(filled, visit):
    page = visit(f"{filled.url}/etl", signed_in=True)
    page.get_by_text("Las cifras en una tabla").click()
    rows = page.locator("details tbody tr")
    assert rows.count() >= 59
    expect(rows.first).to_contain_text(re.compile("95,00|99,50"))
    without = visit(f"{filled.url}/etl", signed_in=True, java_script_enabled=False)
    without.get_by_text("Las cifras en una tabla").click()
    expect(without.locator("details tbody tr").first).to_be_visible()


def test_each_filter_of_the_history(filled, visit):
    page = visit(f"{filled.url}/etl", signed_in=True)
    for name, value, wanted in (
        ("flow", "etl_example", 20),
        ("status", "fallida", 1),
        ("dry_run", "Solo ensayos", 1),
    ):
        page.locator(f"select[name={name}]").select_option(label=value)
        page.get_by_role("button", name="Filtrar").click()
        expect(page.locator(RUNS), name).to_have_count(wanted)
        page.locator(f"select[name={name}]").select_option(index=0)
    page.get_by_label("Etiqueta").fill("nightly")
    page.get_by_role("button", name="Filtrar").click()
    page.wait_for_load_state()
    assert set(page.locator("section:has(#history) tbody td:nth-child(3)").all_inner_texts()) == {"nightly"}
    page.get_by_label("Etiqueta").fill("")
    day = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    page.get_by_label("Desde el día").fill(day)
    page.get_by_label("Hasta el día").fill(day)
    page.get_by_role("button", name="Filtrar").click()
    page.wait_for_url(f"**start={day}**")
    assert page.locator(RUNS).count() in (1, 2)


def test_older_and_newest_and_the_file(filled, visit):
    page = visit(f"{filled.url}/etl?dry_run=no", signed_in=True)
    seen = page.locator(RUNS).all_inner_texts()
    for _ in range(2):
        page.get_by_role("link", name="Más antiguos").click()
        page.wait_for_load_state()
        seen += page.locator(RUNS).all_inner_texts()
    assert len(seen) == len(set(seen)) == 59
    expect(page.get_by_role("link", name="Más antiguos")).to_have_count(0)
    page.get_by_role("link", name="Los más nuevos").click()
    expect(page.locator(RUNS).first).to_have_text(seen[0])
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename == "etl-runs.csv"
    assert download.value.path().read_text().count("\n") == 60


def test_from_the_page_to_a_run_its_lineage_and_its_quarantine(filled, visit):
    page = visit(f"{filled.url}/etl", signed_in=True)
    page.locator("#latest a").click()
    page.wait_for_url(f"**/etl/runs/{filled.newest}")
    page.get_by_text("Linaje").wait_for()
    expect(page.get_by_text("api:orders")).to_be_visible()
    page.get_by_role("link", name="locale").click()
    expect(page).to_have_url(filled.url + QUARANTINE)
    expect(page.get_by_text("Ana;1.234,56")).to_have_count(25)
    page.get_by_role("link", name="Más antiguos").click()
    expect(page.get_by_text("Ana;1.234,56")).to_have_count(5)
    page.get_by_role("link", name="Los más nuevos").click()
    page.get_by_role("link", name="run-0").first.click()
    page.get_by_role("link", name="← ETL").click()
    page.get_by_role("link", name="Todas las alertas").click()
    expect(page).to_have_url(f"{filled.url}/alerts")


def test_tickets_filter_and_page(filled, visit):
    page = visit(f"{filled.url}/tickets", signed_in=True)
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Más antiguos").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Los más nuevos").click()
    page.locator("select[name=verdict]").select_option(index=1)
    page.get_by_role("button", name="Filtrar").click()
    page.wait_for_url("**verdict=**")
    expect(page.locator("tbody tr")).to_have_count(0)


def test_the_api_is_told_and_opens(filled, visit):
    page = visit(f"{filled.url}/api/docs", signed_in=True)
    page.get_by_text("Fields of the answer").first.click()
    expect(page.get_by_text("run.expected_rows")).to_be_visible()
    page.get_by_text("Names of the metrics").click()
    expect(page.get_by_text("etl_low_ratio_runs_all_time")).to_be_visible()
    assert page.get_by_role("link", name="/api/metrics/latest").get_attribute("href") == "/api/metrics/latest"


def _pages(desk):
    return ["/etl", f"/etl/runs/{desk.newest}", QUARANTINE, "/costs", "/tickets", "/tickets/T-0000000000", "/api/docs"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_about_the_etl(filled, visit, scheme):
    page = visit(f"{filled.url}/", scheme=scheme, signed_in=True)
    found = {}
    for path in _pages(filled):
        page.goto(filled.url + path)
        if path == "/etl":
            drawn(page)
        for summary in page.locator("summary").all():
            summary.click()
        found[path] = findings(page)
    assert {path: some for path, some in found.items() if some} == {}, json.dumps(found, indent=1)


def test_on_a_phone_nothing_of_the_etl_is_cut_off(filled, visit):
    page = visit(f"{filled.url}/", phone=True, signed_in=True)
    for path in _pages(filled):
        page.goto(filled.url + path)
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), path
        small = page.evaluate(
            "() => [...document.querySelectorAll("
            "'main button, main select, main input:not([type=hidden]), .spans a, summary')]"
            ".filter(one => one.offsetParent && one.getBoundingClientRect().height < 44).map(one => one.outerHTML)"
        )
        assert small == [], path


def test_no_page_of_the_etl_is_heavy(filled, visit):
    """What a first visit transfers, without the ticket's picture."""
    for path in _pages(filled):
        page = visit("about:blank", signed_in=True)
        sizes = []
        page.on("response", lambda answer, sizes=sizes: sizes.append(len(answer.body())))
        page.goto(filled.url + path, wait_until="networkidle")
        assert sum(sizes) <= MOST_BYTES, (path, sizes)
