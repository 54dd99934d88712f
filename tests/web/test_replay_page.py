"""The replay's report in a real browser: from a file, on a phone, on paper, by keyboard; hostile texts are text."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.replay_support import MADE_AT, VALUES, reading, recorded
from tests.unit.tickets.hostile_texts import EVERYTHING
from tools.replay import page as pages
from tools.replay import report
from tools.replay.compare import compare
from tools.replay.figures import figures
from tools.replay.recorded import Reading

pytestmark = pytest.mark.web

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'&amp; javascript:alert(3)"


@pytest.fixture
def visit(browser, tmp_path):
    """Opens a report from its file; fails the test on any error, any dialog, and anything that is fetched."""
    troubles: list[str] = []
    contexts = []

    def visit(differences, *, width=360, pictures=None, scheme="light", name="the rules of this checkout"):
        about = report.About(
            name, "what was recorded", "the newest 5", MADE_AT, {"the picture is gone": 2}, with_ocr=False
        )
        path = tmp_path / "report.html"
        html = pages.html(about, figures(differences), differences, pictures=pictures or {})
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(f"dialog {dialog.message}") or dialog.dismiss())
        page.on(
            "request", lambda asked: None if asked.url.startswith(("file:", "data:")) else troubles.append(asked.url)
        )
        page.goto(path.as_uri())
        return page

    yield visit
    for context in contexts:
        context.close()
    assert troubles == []


def several():
    """One of each kind."""
    return [
        compare(recorded(name="T-AAAAAAAAA1"), reading()),
        compare(recorded(reading("review"), {"total": "12.10"}, "T-AAAAAAAAA2"), reading(total="1.00")),
        compare(recorded(reading("review", total="1.00"), {"total": "12.10"}, "T-AAAAAAAAA3"), reading("review")),
        compare(recorded(name="T-AAAAAAAAA4"), Reading("timeout")),
        compare(recorded(name="T-AAAAAAAAA5"), reading(merchant="Una razón social larguísima, S.L.U. " * 6)),
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_it_fits_any_screen_and_the_worst_stands_first(visit, width, scheme):
    page = visit(several(), width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("section[aria-labelledby=fields] tbody th").first.evaluate("cell => cell.clientHeight") < 60
    headings = page.locator("article h3 a").all_inner_texts()
    assert headings == ["T-AAAAAAAAA2", "T-AAAAAAAAA4", "T-AAAAAAAAA3", "T-AAAAAAAAA5"]
    expect(page.locator(".alert").first).to_contain_text("accepts a total that a person said is wrong")
    assert page.locator("#T-AAAAAAAAA2 tbody").inner_text().split() == [
        "total",
        "changed",
        "12.10",
        "✓",
        "1.00",
        "✗",
        "12.10",
    ]


def test_no_difference_is_said(visit):
    page = visit(several()[:1])
    expect(page.locator("main")).to_contain_text("reads every receipt as the baseline does")
    expect(page.locator("article")).to_have_count(0)


def test_by_keyboard(visit):
    page = visit(several(), width=320)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the differences")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#differences")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("T-AAAAAAAAA2")


def test_a_wide_table_is_scrolled_by_keyboard(visit):
    page = visit(several(), width=320)
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-labelledby')") == "fields"
    page.keyboard.press("ArrowRight")
    # Playwright's wait_for_function evaluates a string in the page again and again, which the report's policy refuses.
    expect(page.locator(":focus")).not_to_have_js_property("scrollLeft", 0)


def test_hostile_texts_are_text(visit):
    texts = (HOSTILE, *EVERYTHING)
    made = [
        compare(
            recorded(reading(merchant=text), {"document_number": text}, f"T-{n:010}"), reading(document_number=text)
        )
        for n, text in enumerate(texts)
    ]
    page = visit(made, name=HOSTILE)
    expect(page.locator("h1")).to_contain_text(HOSTILE)
    assert page.title().endswith(HOSTILE)
    for number, text in enumerate(texts):
        row = page.locator(f"#T-{number:010} tbody tr", has_text="merchant")
        assert row.locator("td").first.text_content().strip() == text.strip()
    expect(page.locator("script, iframe, main img, form, main a:not([href^='#'])")).to_have_count(0)


def test_pictures_are_part_of_the_page_and_only_where_they_were_asked_for(visit):
    piece = io.BytesIO()
    Image.new("RGB", (60, 20)).save(piece, "JPEG")
    page = visit(several(), pictures={"T-AAAAAAAAA2": {"total": piece.getvalue()}})
    shown = page.get_by_alt_text("Where total was read")
    assert shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [60, 20]
    expect(visit(several()).locator("img")).to_have_count(0)


def test_it_prints(visit):
    page = visit(several(), width=1200, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    expect(page.locator(".skip")).to_be_hidden()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_tables_have_headers_and_the_page_its_language(visit):
    page = visit(several())
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("table").count() == page.locator("table:has(th[scope=col])").count()
    assert page.locator("tbody tr").count() == page.locator("tbody tr:has(th[scope=row])").count()
    expect(page.locator("h1")).to_have_count(1)
    assert set(VALUES) == set(page.locator("section[aria-labelledby=fields] tbody th").all_inner_texts())
