"""The console in a real browser: the review by keyboard, on a phone, in the dark; safe with hostile texts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from console import assets
from tests.console_support import TICKET_ID
from tests.unit.tickets.hostile_texts import EVERYTHING
from tests.web.console_browser import focused, tab_to

pytestmark = pytest.mark.web

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'&amp; javascript:alert(3)"
# Pairs of the palette as the sheet uses them: text on what lies behind it.
PAIRS = [
    *[(front, "paper") for front in ("ink", "soft", "accent", "good", "warn", "bad")],
    *[(front, "panel") for front in ("ink", "soft", "accent", "good", "warn", "bad")],
    *[("on-colour", back) for back in ("accent", "good")],
]


def test_approve_as_it_is(desk, visit):
    desk.ticket()
    page = visit(desk.link())
    assert page.locator("html").get_attribute("lang") == "es"
    page.get_by_role("button", name="Aprobar").click()
    expect(page.locator("h1")).to_have_text("Aprobado")
    assert desk.found()["decision"] == {"action": "approve", "changes": {}}
    page.reload()
    expect(page.locator("main")).to_contain_text("Marta (contabilidad)")


def test_correct_and_approve_after_an_error_beside_the_input(desk, visit):
    desk.ticket()
    page = visit(desk.link())
    page.get_by_label("Total").fill("veinte")
    page.get_by_label("Comercio").fill("Mercado Peñalara")
    visit.troubles.clear()
    page.get_by_role("button", name="Aprobar").click()
    expect(page.locator("#total-why")).to_contain_text("No es un importe")
    # Chromium writes an answer of 422 into its console.
    assert [text for text in visit.troubles if "422" not in text] == []
    visit.troubles.clear()
    expect(page.get_by_label("Comercio")).to_have_value("Mercado Peñalara")
    page.get_by_role("alert").get_by_role("link", name="Total").click()
    page.get_by_label("Total").fill("21,57")
    page.get_by_label("Forma de pago").select_option("cash")
    page.get_by_label("Fecha").fill("2026-06-05")
    page.get_by_role("button", name="Aprobar").click()
    expect(page.locator("h1")).to_have_text("Aprobado")
    assert desk.found()["decision"]["changes"] == {
        "merchant": "Mercado Peñalara",
        "total": "21.57",
        "payment_method": "cash",
        "issued_on": "2026-06-05",
    }


def test_reject(desk, visit):
    desk.ticket()
    page = visit(desk.link())
    page.get_by_role("button", name="Rechazar").click()
    expect(page.locator("h1")).to_have_text("Rechazado")
    assert desk.found()["decision"] == {"action": "reject", "changes": {}}


def test_the_access_keys_are_those_of_the_docs(desk, visit):
    """Pressed they cannot be here: a headless browser has no menu keys."""
    desk.ticket()
    page = visit(desk.link())
    found = page.evaluate("() => [...document.querySelectorAll('[accesskey]')].map(one => [one.accessKey, one.value])")
    assert sorted(key for key, _ in found) == ["a", "r", "z"]
    assert {"a": "approve", "r": "reject"}.items() <= dict(found).items()


def test_keyboard_alone_from_load_to_decision(desk, visit):
    desk.ticket()
    page = visit(desk.link())
    page.keyboard.press("Tab")
    assert focused(page) == "skip"
    passed = tab_to(page, "total")
    assert [name for name in passed if name in ("zoom", "frame", "merchant", "issued_on", "total")] == [
        *("zoom", "frame", "merchant"),
        *["issued_on"] * passed.count("issued_on"),  # one stop each for day, month, year and the calendar
        "total",
    ]
    assert page.evaluate("() => getComputedStyle(document.activeElement).outline").endswith("solid 3px")
    page.keyboard.press("Control+a")
    page.keyboard.type("21,57")
    page.keyboard.press("Enter")
    assert desk.found()["state"] == "open", "Enter inside a field sends nothing"
    tab_to(page, "approve")
    page.keyboard.press("Enter")
    page.locator("section.plain h1").wait_for()
    assert desk.found()["decision"] == {"action": "approve", "changes": {"total": "21.57"}}


def test_the_picture_is_enlarged_by_keyboard_and_scrolls(desk, visit):
    desk.ticket()
    page = visit(desk.link())
    frame, image = page.locator(".frame"), page.locator(".frame img")
    before = image.bounding_box()["width"]
    tab_to(page, "zoom")
    page.keyboard.press("Space")
    assert image.bounding_box()["width"] > 2.4 * before
    tab_to(page, "frame")
    page.keyboard.press("ArrowRight")
    expect(frame).not_to_have_js_property("scrollLeft", 0)


def test_each_piece_shows_a_picture(desk, visit):
    desk.ticket()
    page = visit(desk.link())
    pieces = page.locator("img.piece")
    expect(pieces).to_have_count(3)
    for number in range(3):
        pieces.nth(number).scroll_into_view_if_needed()
        pieces.nth(number).evaluate("node => node.decode()")
        assert pieces.nth(number).evaluate("node => node.naturalWidth") > 50


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone(desk, visit, scheme):
    desk.ticket(receipt={"merchant": "Á" * 120, "document_number": "9" * 120})
    page = visit(desk.link(), phone=True, scheme=scheme)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    targets = page.locator(
        "main button:visible, main input:visible, main select:visible, main a:visible, main label.button"
    )
    sizes = [targets.nth(number).bounding_box() for number in range(targets.count())]
    assert len(sizes) >= 10
    assert [box for box in sizes if box["height"] < 44 or box["width"] < 44] == []
    page.get_by_role("button", name="Aprobar").tap()
    page.locator("section.plain h1").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_every_input_has_a_label_and_every_picture_a_text(desk, visit):
    desk.ticket()
    page = visit(desk.link())
    nameless = page.evaluate(
        "() => [...document.querySelectorAll('input, select')].filter(one => !one.labels.length).map(one => one.name)"
    )
    assert nameless == []
    assert page.evaluate("() => [...document.images].filter(node => !node.alt).length") == 0
    described = page.evaluate(
        "() => [...document.querySelectorAll('[aria-describedby]')]"
        ".flatMap(one => one.getAttribute('aria-describedby').split(' ')).filter(id => !document.getElementById(id))"
    )
    assert described == []
    ids = page.evaluate("() => [...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))
    expect(page.locator("h1")).to_have_count(1)


@pytest.mark.parametrize("block", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), PAIRS)
def test_every_pair_of_the_palette_has_contrast(block, front, back):
    sheet = assets._content("console.css").decode()
    blocks = re.findall(r":root[^{]* \{(.*?)\}", sheet, re.DOTALL)
    light, dark, chosen = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", text)) for text in blocks)
    assert dark == chosen, "who chooses the dark colours gets those of a dark system"
    palette = (light, dark)[block]
    lighter, darker = sorted((luminance(palette[front]), luminance(palette[back])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour):
    """Relative luminance as WCAG 2 reckons it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_hostile_texts_are_text(desk, visit):
    fields = dict.fromkeys(("merchant", "tax_id", "document_number"), HOSTILE)
    places = {"total": {"text": HOSTILE, "box": [420, 560, 610, 600]}}
    desk.ticket(receipt=fields, evidence=places, message={"caption": HOSTILE, "sender_name": HOSTILE})
    link = desk.link(by=HOSTILE)
    page = visit(link)
    expect(page.get_by_label("Comercio")).to_have_value(HOSTILE)
    expect(page.locator("header.head")).to_contain_text(HOSTILE)
    page.get_by_label("NIF").fill("<script>alert(4)</script>")
    page.get_by_role("button", name="Aprobar").click()
    expect(page.locator("main")).to_contain_text("<script>alert(4)</script>")
    expect(page.locator("main")).to_contain_text(HOSTILE)
    for path in (f"/tickets/{TICKET_ID}", f"/tickets/{TICKET_ID}/certificate", "/tickets"):
        shown = visit(desk.url + path, signed_in=True)
        expect(shown.locator("main"), path).to_contain_text(HOSTILE)
        expect(shown.locator("main script")).to_have_count(0)


@pytest.mark.parametrize("text", EVERYTHING[::7])
def test_what_a_reviewer_sees_of_a_field_is_what_was_read(desk, visit, text):
    desk.ticket(receipt={"merchant": " ".join(text.split())})
    expect(visit(desk.link()).get_by_label("Comercio")).to_have_value(" ".join(text.split()))


def test_the_pages_behind_the_password_on_a_phone(desk, visit):
    desk.ticket()
    desk.ticket("T-0000000001", "accept")
    page = visit(f"{desk.url}/tickets", phone=True, signed_in=True)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Estado").select_option("accept")
    page.get_by_role("button", name="Filtrar").tap()
    page.wait_for_url("**verdict=accept**")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="T-0000000001").tap()
    page.get_by_role("link", name="Partida de nacimiento").tap()
    expect(page.locator("h1")).to_contain_text("Partida de nacimiento")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_an_ended_link_in_a_browser(desk, visit):
    desk.ticket()
    page = visit(desk.link(hours=-1))
    expect(page.locator("h1")).to_have_text("Este enlace ha caducado")
    # Chromium writes an answer of 410 into its console.
    assert [text for text in visit.troubles if "410" not in text] == []
    visit.troubles.clear()
