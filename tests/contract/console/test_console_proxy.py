"""People whom a proxy signs in: believed from a listed address with the proxy's secret, refused from anywhere else."""

import asyncio
from types import SimpleNamespace

import pytest

from console import identify
from console.server import config
from tests.console_support import Browser

SECRET = "pR0xy-9f2c7a11d04b44c8a7d5e3b6"
HEADER = "X-Forwarded-Email"


@pytest.fixture
def proxied(desk, monkeypatch):
    for name, value in {
        "OPSFLOWS_CONSOLE_PROXIES": "127.0.0.1/32, 10.9.0.0/16",
        "OPSFLOWS_CONSOLE_PROXY_USER_HEADER": HEADER,
        "OPSFLOWS_CONSOLE_OPERATORS": "ana@acme.test,ops-team",
        "OPSFLOWS_CONSOLE_READERS": "*",
        identify.PROXY_SECRET: SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    return desk


def behind(desk, name, groups="", secret=SECRET, **headers):
    """A browser whose requests come through the proxy."""
    browser = Browser(desk.url)
    browser.headers.update({HEADER: name, "X-Forwarded-Groups": groups, identify.SECRET_HEADER: secret} | headers)
    return browser


@pytest.mark.parametrize(
    ("name", "groups", "role"),
    [
        ("ana@acme.test", "", "operación"),
        ("rosa@acme.test", "", "lectura"),
        ("luis@acme.test", "sales, ops-team", "operación"),
        ("Ana@acme.test", "", "lectura"),
    ],
)
def test_the_lists_say_who_may_what(proxied, name, groups, role):
    page = behind(proxied, name, groups).open("/")
    assert page.status_code == 200
    assert f'{name} <span class="quiet-text">{role}<' in page.text


def test_whoever_is_in_no_list_is_refused(proxied, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_CONSOLE_READERS", "rosa@acme.test")
    assert behind(proxied, "eva@acme.test").open("/").status_code == 403
    assert behind(proxied, "rosa@acme.test").open("/").status_code == 200


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x"])
def test_a_name_without_the_proxys_secret_is_refused(proxied, secret):
    answer = behind(proxied, "ana@acme.test", secret=secret).open("/")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("networks", ["10.9.0.0/16", "", "::1/128"])
def test_a_name_from_another_address_is_refused(proxied, monkeypatch, networks):
    monkeypatch.setenv("OPSFLOWS_CONSOLE_PROXIES", networks)
    spoofed = behind(proxied, "ana@acme.test", **{"X-Forwarded-For": "10.9.0.5", "Forwarded": "for=10.9.0.5"})
    assert spoofed.open("/").status_code == 403


def test_without_a_secret_no_proxy_is_believed(proxied, monkeypatch):
    monkeypatch.delenv(identify.PROXY_SECRET)
    for secret in ("", SECRET):
        assert behind(proxied, "ana@acme.test", secret=secret).open("/").status_code == 403


def test_without_the_setting_the_header_is_no_sign_in(proxied, monkeypatch):
    monkeypatch.delenv("OPSFLOWS_CONSOLE_PROXY_USER_HEADER")
    assert behind(proxied, "ana@acme.test").open("/").headers["location"] == "/sign-in"


def test_a_network_that_is_none_is_told_and_lets_nobody_in(proxied, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_CONSOLE_PROXIES", "proxy.acme.test")
    assert behind(proxied, "ana@acme.test").open("/").status_code == 500


def test_an_operator_from_a_proxy_acts_with_the_forms_of_a_session(proxied):
    browser = behind(proxied, "ana@acme.test")
    token = browser.csrf()
    assert len(proxied.run("select 1 from ops.console_sessions where via = 'proxy'")) == 1
    assert browser.send_form("/state/breakers/hubspot/reset", csrf=token).status_code == 303
    assert browser.send_form("/state/breakers/hubspot/reset", csrf="else").status_code == 403
    (row,) = proxied.run("select person from ops.console_actions")
    assert row["person"] == "ana@acme.test"


def test_another_persons_cookie_is_not_theirs(proxied):
    ana, rosa = behind(proxied, "ana@acme.test"), behind(proxied, "rosa@acme.test")
    token = ana.csrf()
    rosa.cookies.update(ana.cookies)
    assert rosa.send_form("/state/breakers/hubspot/open", csrf=token).status_code == 403
    assert "rosa@acme.test" in rosa.open("/").text


def test_a_session_of_the_proxy_opens_nothing_without_it(proxied):
    browser = behind(proxied, "ana@acme.test")
    browser.csrf()
    del browser.headers[HEADER]
    assert browser.open("/").headers["location"] == "/sign-in"


def test_a_program_behind_the_proxy_leaves_no_session(proxied):
    program = behind(proxied, "rosa@acme.test", Accept="application/json")
    assert program.open("/tickets").status_code == 200
    assert proxied.run("select 1 from ops.console_sessions") == []


def test_behind_the_edge_the_real_address_is_kept_apart_from_the_one_it_names():
    """Guesses are counted for whom the edge names; a proxy is believed by where the connection comes from."""
    seen = []

    async def asked(scope, _receive, _send):
        seen.append(scope)

    served = config("127.0.0.1", 0, behind_edge=True).app
    inner = served.app
    inner.app = asked
    scope = {
        "type": "http",
        "client": ("172.18.0.9", 1),
        "scheme": "http",
        "headers": [(b"x-forwarded-for", b"10.9.0.5"), (b"x-forwarded-proto", b"https")],
    }
    asyncio.run(served(scope, None, None))
    assert seen[0][identify.PEER] == "172.18.0.9"
    assert seen[0]["client"][0] == "10.9.0.5"
    assert seen[0]["scheme"] == "https"
    assert identify._peer(SimpleNamespace(scope=seen[0], client=None)) == "172.18.0.9"
