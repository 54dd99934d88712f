"""The pages behind the sign-in in a real browser: every button, by keyboard, on a phone, and looked at by axe."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import console_filled
from tests.console_support import PASSWORD
from tests.web.console_browser import findings, tab_to

pytestmark = pytest.mark.web

LEAD = f"/leads/{console_filled.LEAD}"
PAGES = ["/", "/alerts", "/alerts?state=all", "/leads", LEAD, "/state", "/state/keys", "/etl", "/tickets", "/costs"]
MOST_BYTES = 200_000


@pytest.fixture
def filled(desk, conn, monkeypatch):
    # Kestra's KV is asked by nobody here, but for the replay of letters.
    monkeypatch.delenv("OPSFLOWS_KESTRA_URL")
    console_filled.fill(conn)
    return desk


def told(page):
    """Where the page says once what was done."""
    return page.get_by_role("status")


def outcomes(desk):
    return [row["action"] for row in desk.run("select action from ops.console_actions order by action_id")]


def test_signing_in_and_out(desk, visit):
    page = visit(f"{desk.url}/state")
    expect(page).to_have_url(f"{desk.url}/sign-in?next=%2Fstate")
    page.get_by_label("Usuario").fill("opsflows")
    page.get_by_label("Contraseña").fill("not this one")
    page.get_by_role("button", name="Entrar", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("no son correctos")
    # Chromium writes an answer of 401 into its console.
    assert [text for text in visit.troubles if "401" not in text] == []
    visit.troubles.clear()
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.url}/state")
    page.get_by_role("button", name="Salir").click()
    page.wait_for_url(f"{desk.url}/sign-in")
    page.goto(f"{desk.url}/state")
    expect(page).to_have_url(f"{desk.url}/sign-in?next=%2Fstate")


def test_keyboard_alone_from_the_sign_in_to_an_acknowledged_alert(filled, visit):
    page = visit(f"{filled.url}/alerts?level=CRITICAL")
    expect(page.get_by_label("Usuario")).to_be_focused()
    page.keyboard.type("opsflows")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts?level=CRITICAL")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[name=state]"), "the navigation was jumped over").to_be_focused()
    assert page.evaluate("() => getComputedStyle(document.activeElement).outline").endswith("solid 3px")
    for _ in range(15):
        page.keyboard.press("Tab")
        if "Atender" in page.evaluate("() => document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("status").wait_for()
    expect(told(page)).to_have_text("La atiendes tú: no se escalará.")
    expect(page.locator("main")).to_contain_text("la atiende opsflows")


def test_every_action_of_the_alerts(filled, visit):
    page = visit(f"{filled.url}/alerts", signed_in=True)
    page.get_by_role("button", name="Atender etl_improved").click()
    expect(told(page)).to_have_text("La atiendes tú: no se escalará.")
    card = page.locator(".card", has_text="hubspot_sync_contacts")
    card.get_by_label("Horas en silencio").select_option("24")
    card.get_by_role("button", name="Silenciar").click()
    expect(told(page)).to_contain_text("durante 24 h")
    expect(page.locator(".card", has_text="hubspot_sync_contacts")).to_contain_text("en silencio hasta")
    page.get_by_text("Qué dice").first.click()
    expect(page.get_by_text("Attempt 3 of 3").first).to_be_visible()
    page.get_by_label("Situación").select_option("resolved")
    page.get_by_role("button", name="Filtrar").click()
    page.wait_for_url("**state=resolved**")
    expect(page.locator(".cards")).to_contain_text("etl_example")
    expect(page.locator(".card button")).to_have_count(0)
    assert outcomes(filled) == ["alerts.acknowledge", "alerts.snooze"]


def test_every_action_of_the_state(filled, visit, monkeypatch):
    page = visit(f"{filled.url}/state", signed_in=True)
    for name, said in (("Abrir", "forzado abierto"), ("Cerrar", "forzado cerrado"), ("Restablecer", "restablecido")):
        page.get_by_role("button", name=f"{name} hubspot").click()
        expect(told(page)).to_contain_text(said)
    page.get_by_role("button", name="Liberar manychat:event:0a1b").click()
    expect(told(page)).to_contain_text("Liberado")
    page.get_by_role("button", name="Liberar whatsapp").click()
    expect(page.get_by_label("Quien lo tenía ya no trabaja"), "the browser asks to be sure first").to_be_visible()
    page.get_by_label("Quien lo tenía ya no trabaja").check()
    page.get_by_role("button", name="Liberar whatsapp").click()
    expect(page.locator("main")).to_contain_text("Nadie tiene ninguno.")
    page.get_by_role("button", name="Descartar 1", exact=True).click()
    expect(told(page)).to_contain_text("El trabajo 1 se ha descartado.")
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", f"http://{filled.kestra.netloc}")
    page.get_by_role("button", name="Reintentar hubspot_properties").click()
    expect(told(page)).to_contain_text("9replay")
    assert outcomes(filled) == [
        *("breakers.open", "breakers.close", "breakers.reset"),
        *("claims.release", "claims.release", "letters.drop", "letters.replay"),
    ]


def test_a_lead_is_opened_and_the_navigation_leads_everywhere(filled, visit):
    page = visit(f"{filled.url}/", signed_in=True)
    page.get_by_role("link", name="Leads", exact=True).click()
    page.get_by_role("link", name=console_filled.LEAD).click()
    expect(page.locator("main")).to_contain_text(console_filled.EMAIL)
    for name in ("Hoy", "Tickets", "Alertas", "Estado"):
        page.get_by_label("Consola").get_by_role("link", name=name).click()
        expect(page.locator("[aria-current=page]")).to_have_text(name)
    page.goto(f"{filled.url}/")
    page.get_by_role("link", name="proveedores cortados").click()
    expect(page).to_have_url(f"{filled.url}/state#breakers")


def test_the_keys_of_the_navigation_are_those_of_the_docs(desk, visit):
    page = visit(f"{desk.url}/", signed_in=True)
    keys = page.evaluate("() => [...document.querySelectorAll('nav [accesskey]')].map(one => one.accessKey)")
    assert keys == ["1", "2", "3", "4", "5", "6", "7"]
    docs = (Path(__file__).resolve().parents[2] / "docs/console.md").read_text(encoding="utf-8")
    assert "`1` to `7`" in docs


def test_language_and_colours_are_remembered(desk, visit):
    page = visit(f"{desk.url}/alerts", signed_in=True)
    light = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Colores oscuros").click()
    expect(page).to_have_url(f"{desk.url}/alerts")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") != light
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Alerts")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Light colours").click()
    page.get_by_role("button", name="System colours").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile(".*"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(filled, visit, scheme, monkeypatch):
    page = visit(f"{filled.url}/sign-in", scheme=scheme)
    found = {"/sign-in": findings(page)}
    page = visit(f"{filled.url}/", scheme=scheme, signed_in=True)
    for path in PAGES:
        page.goto(filled.url + path)
        found[path] = findings(page)
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", f"http://{filled.kestra.netloc}")  # it has the picture
    filled.ticket()
    page.goto(filled.link())
    found["review"] = findings(page)
    assert {path: some for path, some in found.items() if some} == {}, json.dumps(found, indent=1)


def test_axe_would_have_found_something(desk, visit):
    page = visit(f"{desk.url}/sign-in")
    page.evaluate("() => document.querySelector('label[for=name]').remove()")
    assert findings(page)[0][0] == "label"


def test_on_a_phone_nothing_is_cut_off_and_every_button_can_be_hit(filled, visit):
    page = visit(f"{filled.url}/", phone=True, signed_in=True)
    for path in PAGES:
        page.goto(filled.url + path)
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"), path
        small = page.evaluate(
            "() => [...document.querySelectorAll('main button, main select, .own button, .places a')]"
            ".filter(one => one.offsetParent && one.getBoundingClientRect().height < 44).map(one => one.textContent)"
        )
        assert small == [], path


def test_a_page_weighs_little(filled, visit):
    page = visit(f"{filled.url}/sign-in", signed_in=True)
    for path in PAGES:
        weights: list[int] = []
        page.on("response", lambda answer, kept=weights: kept.append(len(answer.body())))
        page.goto(filled.url + path)
        page.wait_for_load_state("networkidle")
        assert 0 < sum(weights) <= MOST_BYTES, path


def test_tab_reaches_the_last_button_of_the_state(filled, visit):
    page = visit(f"{filled.url}/state", signed_in=True)
    page.evaluate("() => { [...document.querySelectorAll('main button')].at(-1).id = 'last' }")
    assert tab_to(page, "last", most=120)
