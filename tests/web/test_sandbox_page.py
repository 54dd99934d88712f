"""The sandbox's page in a real browser: live, safe with hostile texts, usable by keyboard, on a phone, in the dark."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

pytestmark = pytest.mark.web

SAMPLES = Path(__file__).parents[2] / "samples"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'&amp; javascript:alert(3)"
RUN = "<https://example.com/run|ejecución>"
SHEET = "<https://docs.google.com/spreadsheets/d/1abc|Abrir la hoja>"
HEADER = ["Ticket", "Comercio", "Total"]


def slack(sandbox, **body):
    url = f"{sandbox.base_url}/slack{sandbox.credentials.slack_webhook_path}"
    assert requests.post(url, json=body, timeout=30).text == "ok"


def answer(sandbox, text, **more):
    url = f"{sandbox.base_url}/whatsapp/v26.0/{sandbox.credentials.whatsapp_phone_number_id}/messages"
    body = {"messaging_product": "whatsapp", "to": "34600111222", "type": "text", "text": {"body": text}, **more}
    headers = {"Authorization": f"Bearer {sandbox.credentials.whatsapp_token}"}
    assert requests.post(url, json=body, headers=headers, timeout=30).ok


def write(control, sandbox, *rows):
    control.edit(sandbox.credentials.google_spreadsheet_id, "Hoja 1", [HEADER, *rows])


def until(page, condition):
    """Wait for a condition of the page; asked from outside, because the page's policy allows no eval."""
    deadline = time.monotonic() + 30
    while not page.evaluate(condition) and time.monotonic() < deadline:
        page.wait_for_timeout(20)
    assert page.evaluate(condition)


@pytest.fixture
def filled(control, sandbox):
    """A little of everything."""
    nowhere = {"url": "http://127.0.0.1:9/", "app_secret": "s", "attempts": 1}
    write(control, sandbox, ["T-1", "Panadería Núñez", 24.17], ["T-2", "Bar", {"formula": "=1+1"}])
    media = control.add_media(SAMPLES / "ticket_supermercado.jpg")
    control.send({"kind": "image", "media_id": media["id"], "id": "wamid.A", "caption": "cena"}, **nowhere)
    answer(sandbox, "*Recibo anotado*: 24,17 €", context={"message_id": "wamid.A"})
    fields = [{"type": "mrkdwn", "text": "*Total*\n24,17 €"}, {"type": "mrkdwn", "text": "*Comercio*\nNúñez"}]
    button = {"type": "button", "text": {"type": "plain_text", "text": "Abrir"}, "url": "https://example.com/doc"}
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "Recibo aceptado"}},
        {"type": "section", "fields": fields},
        {"type": "actions", "elements": [button]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": SHEET}, {"type": "mrkdwn", "text": RUN}]},
    ]
    slack(sandbox, text="x", blocks=blocks)
    control.put_document("T-1.pdf", b"%PDF-1.7", "application/pdf")
    control.fault("openai", "*", "status", status=500)
    requests.get(f"{sandbox.base_url}/openai/v1/models", timeout=30)
    return control


def test_what_arrives_is_shown_without_a_reload(open_page, control, sandbox):
    page = open_page()
    expect(page.get_by_text("La hoja está vacía")).to_be_visible()
    write(control, sandbox, ["T-1", "Panadería Núñez", 24.17])
    row = page.get_by_role("row", name="T-1 Panadería Núñez 24,17")
    row.wait_for()
    expect(page.locator('[data-count="rows"]')).to_have_text("1")
    slack(sandbox, text="Un aviso con *énfasis*")
    page.locator(".card strong", has_text="énfasis").wait_for()


def test_each_provider_has_its_view(open_page, filled):
    page = open_page()
    assert page.locator(".bubble.user img").get_attribute("alt").startswith("Foto enviada")
    expect(page.locator(".bubble.business strong")).to_have_text("Recibo anotado")
    expect(page.locator(".bubble.business .quote")).to_have_text("cena")
    expect(page.locator(".card h3")).to_have_text("Recibo aceptado")
    assert page.locator(".card .button").get_attribute("href") == "https://example.com/doc"
    assert page.get_by_role("link", name="T-1.pdf").get_attribute("href") == "/_sandbox/documents/T-1.pdf"
    expect(page.locator("#documents .where")).to_have_text("Abrir · Abrir la hoja · ejecución")
    assert page.get_by_role("link", name="Abrir la hoja").first.get_attribute("href") == "#hoja"
    assert page.locator("td.formula").inner_text().startswith("fórmula")
    expect(page.locator("#faults")).to_contain_text("error HTTP")
    assert filled.faults()[0]["struck"] == 1


def test_the_picture_is_loaded_and_the_chat_is_scrolled_to_its_end(open_page, filled):
    page = open_page()
    until(page, "document.querySelector('.bubble.user img')?.naturalWidth > 0")
    until(page, "(box => box.scrollHeight - box.scrollTop - box.clientHeight < 2)(document.getElementById('chat'))")
    assert filled.outbox()


def test_hostile_texts_are_shown_as_text(open_page, control, sandbox):
    page = open_page()
    write(control, sandbox, [HOSTILE, "javascript:alert(4)", 1])
    control.send(
        {"kind": "text", "text": HOSTILE, "name": HOSTILE}, url="http://127.0.0.1:9/", app_secret="s", attempts=1
    )
    button = {"type": "button", "text": {"type": "plain_text", "text": "b"}, "url": "javascript:alert(5)"}
    slack(
        sandbox,
        text="x",
        blocks=[
            {"type": "section", "text": {"type": "mrkdwn", "text": HOSTILE}},
            {"type": "actions", "elements": [button]},
        ],
    )
    control.put_document("<b>x", b"x", "text/plain")
    page.locator(".bubble", has_text="onerror").wait_for()
    page.locator(".card", has_text="onerror").wait_for()
    page.get_by_role("cell", name="javascript:alert(4)").wait_for()
    expect(page.locator("main script, main img")).to_have_count(0)
    expect(page.locator('a[href^="javascript"]')).to_have_count(0)


def test_everything_is_reached_and_opened_by_keyboard(open_page, filled):
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#contenido")).to_be_focused()
    page.locator("#log summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#log details[open] pre").first).to_be_visible()
    reached = set()
    page.locator("body").evaluate("body => body.focus()")
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('section')?.id ?? document.activeElement.tagName"))
    assert {"hoja", "conversaciones", "slack", "documentos", "modelo", "llamadas"} <= reached
    assert filled.calls()


def test_an_opened_call_stays_open_while_others_arrive(open_page, filled, sandbox):
    page = open_page()
    page.locator("#log summary").first.click()
    opened = page.locator("#log details[open]").get_attribute("data-key")
    write(filled, sandbox, ["T-3", "Otro", 1])
    requests.get(f"{sandbox.base_url}/openai/v1/models", timeout=30)
    page.get_by_role("row", name="T-3 Otro 1").wait_for()
    assert page.locator("#log details[open]").get_attribute("data-key") == opened


def test_the_log_is_filtered(open_page, filled):
    page = open_page()
    page.get_by_label("Proveedor").select_option("slack")
    assert set(page.locator("#log .tag").all_inner_texts()) == {"Slack"}
    page.get_by_label("Proveedor").select_option("")
    page.get_by_label("solo errores y fallos").check()
    expect(page.locator("#log details:not(.bad)")).to_have_count(0)
    assert filled.faults()


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_no_width_needs_sideways_scrolling(open_page, filled, width):
    page = open_page(width=width, height=800)
    page.locator(".bubble").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert filled.cards()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast(open_page, filled, scheme):
    page = open_page(scheme=scheme)
    page.locator(".card h3").wait_for()
    assert page.evaluate(CONTRAST) == []
    assert filled.cards()


def test_names_languages_and_headings_are_in_order(open_page, filled):
    page = open_page()
    assert page.locator("html").get_attribute("lang") == "es"
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("img:not([alt])")).to_have_count(0)
    assert page.evaluate(UNNAMED) == []
    assert filled.cards()


def test_a_lost_connection_is_said_and_a_new_one_too(browser, tmp_path):
    from local.providers import server

    with server.start(state_dir=tmp_path) as first:
        page = browser.new_page()
        page.goto(first.base_url)
        page.locator('#live[data-state="on"]').wait_for()
        port = int(first.base_url.rsplit(":", 1)[1])
    page.locator("#live-text", has_text="Sin conexión").wait_for()
    with server.start(port, state_dir=tmp_path):
        page.locator('#live[data-state="on"]').wait_for(timeout=15_000)
    page.close()


UNNAMED = """() => [...document.querySelectorAll("button, a, select, input, [role=region], [role=group]")]
  .filter((one) => !(one.innerText.trim() || one.ariaLabel || one.getAttribute("aria-labelledby") || one.labels?.length
    || one.querySelector("img[alt]")))
  .map((one) => one.outerHTML)"""
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const bad = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".skip, option, caption")) continue;
    const back = [];
    for (let up = element; up; up = up.parentElement) back.unshift(getComputedStyle(up).backgroundColor);
    const style = getComputedStyle(element);
    const [a, b] = [light(over(["white", ...back, style.color])), light(over(["white", ...back]))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const name = `${element.tagName}.${element.className}`;
    if (ratio < 4.5) bad.push(`${name} ${ratio.toFixed(2)} ${element.textContent.slice(0, 30)}`);
  }
  return bad;
}"""


def test_leads_appear_when_there_are_some(open_page, control, receiver_url):
    page = open_page()
    expect(page.locator("#hubspot")).to_be_hidden()
    [ana] = control.manychat.seed({"first_name": HOSTILE, "email": "ana@ejemplo.es"})
    control.manychat.send(ana, url=receiver_url, timeout_s=1)
    control.hubspot.seed({"email": "ana@ejemplo.es", "firstname": HOSTILE})
    page.get_by_role("heading", name="HubSpot").wait_for()
    page.get_by_role("heading", name="ManyChat").wait_for()
    for panel in ("hubspot", "manychat"):
        summary = page.locator(f"#{panel}-list summary").first
        expect(summary).to_contain_text(HOSTILE)
        summary.click()
    expect(page.locator("#hubspot-list pre")).to_contain_text("lifecyclestage: lead")


@pytest.fixture
def receiver_url():
    """Nobody listens there: the request is one that failed."""
    return "http://127.0.0.1:9/"
