"""What operators do: each press once, written down, told on the next page; refused to readers and to foreign forms."""

import re

import pytest

from console import actions, paging, passwords, people, sessions
from kit import breaker, claims
from kit.errors import UnavailableError
from kit.kv import Entry, Store
from platform_tasks.alerts import book
from platform_tasks.alerts.events import Event
from tests import console_filled
from tests.console_support import Browser

READER_PASSWORD = "a reader's own words"
ACTIONS = [
    "/alerts/{alert}/acknowledge",
    "/alerts/{alert}/snooze",
    "/state/breakers/hubspot/open",
    "/state/breakers/hubspot/close",
    "/state/breakers/hubspot/reset",
    "/state/claims/release",
    "/state/letters/replay",
    "/state/letters/{letter}/drop",
    "/sign-out",
]
PAGES = ["/", "/alerts", "/alerts?state=all", "/leads", "/state", "/state/keys", "/tickets"]


@pytest.fixture(scope="module")
def kept():
    return passwords.make(READER_PASSWORD)


@pytest.fixture
def filled(desk, conn, monkeypatch):
    # Kestra's KV is not asked by a breaker here: that has tests of its own.
    monkeypatch.delenv("OPSFLOWS_KESTRA_URL")
    console_filled.fill(conn)
    return desk


@pytest.fixture
def operator(filled):
    return filled.sign_in()


@pytest.fixture
def reader(filled, kept, monkeypatch):
    monkeypatch.setenv(people.USERS, f"rosa@acme.test:reader:{kept}")
    return filled.sign_in("rosa@acme.test", READER_PASSWORD)


def address(desk, action):
    (alert,) = desk.run("select min(alert_id) as id from ops.alerts")
    (letter,) = desk.run("select min(id) as id from ops.dead_letters")
    return action.format(alert=alert["id"], letter=letter["id"])


def standing(desk):
    """All that the actions change."""
    return [
        desk.run(f"select t::text from {table} t order by 1")  # noqa: S608 - our own names
        for table in ("ops.alerts", "ops.breakers", "ops.claims", "ops.dead_letters", "ops.console_actions")
    ]


def form_of(page, action, **chosen):
    """The hidden fields of the form with this address, as a browser would send them."""
    for found in re.findall(rf'<form method="post" action="{re.escape(action)}".*?</form>', page, re.DOTALL):
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', found))
        if all(fields.get(name) == value for name, value in chosen.items()):
            return fields
    raise AssertionError(f"{action} has no form {chosen} on the page")


def told(browser, path):
    """What the page says once."""
    page = browser.open(path).text
    found = re.search(r'<p class="notice \w+" role="status">(.*?)</p>', page)
    return found[1] if found else ""


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_shows_itself_in_both_languages_to_both_roles(operator, reader, language):
    for browser in (operator, reader):
        browser.send_form("/preferences", language=language)
        for page in PAGES:
            shown = browser.open(page)
            assert shown.status_code == 200, page
            assert f'<html lang="{language}">' in shown.text


def test_nobody_sees_a_page_without_signing_in(filled):
    for page in [*PAGES, f"/leads/{console_filled.LEAD}"]:
        assert Browser(filled.url).open(page).status_code == 303, page


def test_a_reader_sees_no_button_that_acts(reader):
    for page in PAGES:
        actions = re.findall(r'method="post" action="([^"]+)"', reader.open(page).text)
        assert set(actions) == {"/preferences", "/sign-out"}, page


def test_a_reader_and_a_program_may_not_act(filled, reader):
    before, token = standing(filled), reader.csrf()
    program = Browser(filled.url)
    program.auth = ("opsflows", "Wq9-fern-Lima-88")
    for action in ACTIONS:
        if action == "/sign-out":
            continue
        path = address(filled, action)
        answer = reader.send_form(path, csrf=token, key="x", holder="y", sure="yes")
        assert answer.status_code == 403, path
        assert "Esto es para quien opera" in answer.text
        assert program.send_form(path).status_code == 403, path
    assert standing(filled) == before


@pytest.mark.parametrize("token", ["missing", "blank", "foreign", "earlier"])
def test_a_form_without_this_sessions_token_does_nothing(filled, operator, token):
    tokens = {"missing": {}, "blank": {"csrf": ""}, "foreign": {"csrf": filled.sign_in().csrf()}}
    tokens["earlier"] = {"csrf": operator.csrf()}
    if token == "earlier":
        operator.sign_in()
    before = standing(filled)
    for action in ACTIONS:
        answer = operator.send_form(address(filled, action), **tokens[token])
        assert answer.status_code == 403, action
        assert "El formulario ya no vale" in answer.text
    assert standing(filled) == before
    assert operator.open("/").status_code == 200, "nobody was signed out"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}])
def test_a_form_of_another_site_does_nothing_even_with_the_token(filled, operator, headers):
    before, token = standing(filled), operator.csrf()
    for action in ACTIONS:
        assert operator.send_form(address(filled, action), headers=headers, csrf=token).status_code == 403, action
    assert standing(filled) == before


def test_a_press_after_the_session_has_ended_leads_to_the_sign_in_page(filled, operator):
    token = operator.csrf()
    filled.run("update ops.console_sessions set ends_at = clock_timestamp() returning 1")
    before = standing(filled)
    for action in ACTIONS:
        answer = operator.send_form(address(filled, action), csrf=token)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), action
    assert standing(filled) == before


def test_an_alert_is_acknowledged_once_and_by_name(filled, operator):
    page = operator.open("/alerts?level=WARNING").text
    path = re.search(r'action="(/alerts/\d+/acknowledge)"', page)[1]
    fields = form_of(page, path)
    answer = operator.send_form(path, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts?level=WARNING")
    assert told(operator, "/alerts?level=WARNING") == "La atiendes tú: no se escalará."
    assert told(operator, "/alerts?level=WARNING") == "", "it is told once"
    assert "la atiende opsflows" in operator.open("/alerts").text
    assert operator.send_form(path, **fields).status_code == 303
    assert told(operator, "/alerts") == "Ya estaba hecho: no se ha repetido."
    rows = filled.run("select person, action, target, outcome from ops.console_actions")
    assert rows == [
        {"person": "opsflows", "action": "alerts.acknowledge", "target": path.split("/")[2], "outcome": "done"}
    ]


def test_an_alert_is_snoozed_for_as_long_as_was_chosen(filled, operator):
    path = address(filled, "/alerts/{alert}/snooze")
    assert operator.press(path, hours="24", seen="a").status_code == 303
    (row,) = filled.run(
        "select snoozed_until - clock_timestamp() as rest from ops.alerts where snoozed_until is not null"
    )
    assert 23 * 3600 < row["rest"].total_seconds() <= 24 * 3600
    operator.press(path, hours="999999", seen="b")
    (row,) = filled.run(
        "select snoozed_until - clock_timestamp() as rest from ops.alerts where snoozed_until is not null"
    )
    assert row["rest"].total_seconds() <= 3600


def test_what_is_not_there_is_told_and_written_down(filled, operator):
    assert operator.press("/alerts/999999/acknowledge").status_code == 303
    assert "No se ha podido" in told(operator, "/alerts")
    (row,) = filled.run("select outcome, code from ops.console_actions")
    assert row == {"outcome": "failed", "code": "alert_unknown"}


@pytest.mark.parametrize(
    ("action", "forced", "state"), [("open", "open", "open"), ("close", "closed", "open"), ("reset", None, "closed")]
)
def test_a_breaker_is_steered(conn, operator, action, forced, state):
    path = f"/state/breakers/hubspot/{action}"
    assert operator.send_form(path, **form_of(operator.open("/state").text, path)).status_code == 303
    row = breaker.state_of(conn, "hubspot")
    assert (row["forced"] if row else None) == forced
    (row,) = [row for row in breaker.every(conn) if row["provider"] == "hubspot"] or [{"state": "closed"}]
    assert row["state"] == state
    assert "hubspot" in told(operator, "/state")


def test_the_same_press_from_the_same_page_counts_once(filled, operator):
    path = "/state/breakers/hubspot/open"
    fields = form_of(operator.open("/state").text, path)
    operator.send_form(path, **fields)
    filled.run("update ops.breakers set forced = null returning 1")
    operator.send_form(path, **fields)
    assert filled.run("select forced from ops.breakers where provider = 'hubspot'") == [{"forced": None}]
    assert "Ya estaba hecho" in told(operator, "/state")


def test_a_breaker_that_looks_as_before_can_be_steered_again(filled, operator):
    """A person opens it, gives it free, and needs it open once more: each press is from the page as it is then."""
    for action, forced in (("reset", None), ("open", "open"), ("reset", None), ("open", "open"), ("reset", None)):
        path = f"/state/breakers/hubspot/{action}"
        fields = form_of(operator.open("/state").text, path)
        operator.send_form(path, **fields)
        assert filled.run("select forced from ops.breakers where provider = 'hubspot'") == [{"forced": forced}]
        operator.send_form(path, **fields)
        assert "Ya estaba hecho" in told(operator, "/state")


def test_an_alert_whose_silence_has_ended_can_be_silenced_again(filled, operator):
    path = address(filled, "/alerts/{alert}/snooze")
    for _ in range(2):
        operator.send_form(path, **form_of(operator.open("/alerts").text, path), hours="1")
        assert "silencio" in told(operator, "/alerts")
        filled.run("update ops.alerts set snoozed_until = clock_timestamp() returning 1")
    assert len(filled.run("select 1 from ops.console_actions where action = 'alerts.snooze'")) == 2


def test_somebody_elses_page_of_before_the_press_does_nothing_more(filled, operator):
    """Also when others pressed other things meanwhile."""
    path, other = "/state/breakers/hubspot/reset", filled.sign_in()
    fields = form_of(other.open("/state").text, path)
    operator.press("/state/breakers/manychat/open", seen="a")
    operator.send_form(path, **form_of(operator.open("/state").text, path))
    filled.run("update ops.breakers set state = 'open' where provider = 'hubspot' returning 1")
    other.send_form(path, **{name: value for name, value in fields.items() if name != "csrf"}, csrf=other.csrf())
    assert "Ya estaba hecho" in told(other, "/state")
    assert filled.run("select state from ops.breakers where provider = 'hubspot'") == [{"state": "open"}]


def test_what_is_still_at_work_was_seen_by_nobody(conn, filled, operator):
    operator.press("/state/breakers/hubspot/reset", seen="a")
    operator.press("/state/breakers/manychat/open", seen="a")
    (slow, quick) = (row["action_id"] for row in filled.run("select action_id from ops.console_actions order by 1"))
    assert actions.newest(conn) == quick
    filled.run("update ops.console_actions set outcome = 'begun' where action_id = %s returning 1", slow)
    assert actions.newest(conn) == slow - 1
    filled.run("update ops.console_actions set at = at - interval '2 minutes' where action_id = %s returning 1", slow)
    assert actions.newest(conn) == quick, "it has died"


@pytest.mark.parametrize("drawn", ["", "x", "-1", "9" * 30, "\u0663"])
def test_a_page_that_says_nothing_of_its_age_repeats_nothing(operator, drawn):
    for _ in range(2):
        operator.press("/state/breakers/hubspot/reset", seen="a", drawn=drawn)
    assert "Ya estaba hecho" in told(operator, "/state")


def test_a_form_with_a_nul_is_one_without(filled, operator):
    assert operator.press("/state/claims/release", key="a\x00b", holder="c\x00", seen="\x00").status_code == 303
    assert filled.run("select target from ops.console_actions") == [{"target": "ab"}]


def test_a_press_that_failed_may_be_tried_again(filled, operator):
    path = "/state/breakers/nobody/open"
    for _ in range(2):
        operator.press(path, seen="a")
        assert "No se ha podido" in told(operator, "/state")
    assert len(filled.run("select 1 from ops.console_actions where outcome = 'failed'")) == 2


def test_a_lapsed_claim_is_released_at_once_and_a_held_one_only_for_sure(conn, operator):
    page = operator.open("/state").text
    lapsed = form_of(page, "/state/claims/release", key="manychat:event:0a1b")
    held = form_of(page, "/state/claims/release", key="whatsapp:message:wamid.HBgL")
    operator.send_form("/state/claims/release", **lapsed)
    operator.send_form("/state/claims/release", **held)
    assert "Sigue en manos de alguien" in told(operator, "/state")
    assert [row["key"] for row in claims.held(conn)] == ["whatsapp:message:wamid.HBgL"]
    operator.send_form("/state/claims/release", **held, sure="yes")
    assert claims.held(conn) == []


def test_letters_are_replayed_by_the_flow_in_kestra(filled, operator, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", f"http://{filled.kestra.netloc}")
    fields = form_of(operator.open("/state").text, "/state/letters/replay", reason="hubspot_properties")
    operator.send_form("/state/letters/replay", **fields)
    assert "ejecución 9replay" in told(operator, "/state")
    assert filled.kestra.asked[-1] == "/api/v1/main/executions/opsflows.platform/dlq_replay"
    asked = len(filled.kestra.asked)
    operator.send_form("/state/letters/replay", **fields)
    assert len(filled.kestra.asked) == asked, "a second press of the same page starts nothing"
    # The flow has ended, and as many letters are open as before: whoever sees that may try once more.
    fields = form_of(operator.open("/state").text, "/state/letters/replay", reason="hubspot_properties")
    operator.send_form("/state/letters/replay", **fields)
    assert len(filled.kestra.asked) > asked


def test_a_letter_is_dropped(filled, operator):
    path = address(filled, "/state/letters/{letter}/drop")
    operator.send_form(path, **form_of(operator.open("/state").text, path))
    assert filled.run("select count(*) as n from ops.dead_letters where state = 'dropped'") == [{"n": 1}]


def test_a_lead_is_shown_masked_and_whole_to_operators_who_are_written_down(filled, operator, reader):
    for browser in (operator, reader):
        page = browser.open("/leads").text
        assert "a•••@acme.test" in page
        for secret in (console_filled.EMAIL, console_filled.PHONE, "López"):
            assert secret not in page
    shown = operator.open(f"/leads/{console_filled.LEAD}")
    assert console_filled.EMAIL in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert reader.open(f"/leads/{console_filled.LEAD}").status_code == 403
    rows = filled.run("select person, action, target from ops.console_actions")
    assert rows == [{"person": "opsflows", "action": "leads.look", "target": console_filled.LEAD}]


def test_the_first_page_tells_what_is_wrong(operator):
    page = operator.open("/").text
    rows = dict(re.findall(r'</span> (\w+)</th>\s*<td><span class="mark \w+">([^<]+)<', page))
    assert rows["etl_improved"] == "falló"
    assert rows["state_maintenance"] == "tarde"
    assert rows["hubspot_sync_contacts"] == "lento"
    assert rows["etl_maintenance"] == "apagado"
    assert rows["etl_example"] == "bien"
    assert list(rows)[:2] == ["etl_improved", "state_maintenance"], "the worst stand first"


def test_filters_of_the_alerts(operator):
    def titles(query):
        return set(re.findall(r"</span> ([\w ]+?) (?:failed|took)", operator.open(f"/alerts{query}").text))

    assert titles("") == {"etl_improved", "hubspot_sync_contacts"}
    assert titles("?state=all") == {"etl_improved", "hubspot_sync_contacts", "etl_example"}
    assert titles("?state=resolved") == {"etl_example"}
    assert titles("?level=CRITICAL") == {"etl_improved"}
    assert titles("?flow=hubspot") == {"hubspot_sync_contacts"}
    assert titles("?state=x&level=y&after=zz&flow=%00hubspot") == {"hubspot_sync_contacts"}
    for place in (["2026-01-01T00:00:00+00:00", 10**30], ["\ud800", 1], ["2026-01-01", -(2**70)]):
        assert titles(f"?after={paging.write(place)}") == {"etl_improved", "hubspot_sync_contacts"}, place


def test_an_alert_that_is_a_test_needs_nobody(conn, operator):
    book.fire(conn, Event(event="flow_failed", title="only a test", level="CRITICAL", test=True))
    page = operator.open("/").text
    assert re.search(r'href="/alerts\?level=CRITICAL"><strong>1<', page), "the one that is none"
    assert "only a test" in operator.open("/alerts?level=CRITICAL").text


def test_alerts_have_pages_that_meet(filled, operator):
    filled.run(
        "insert into ops.alerts (key, event, level, title, fired_at) select 'k' || n, 'other', 'INFO', 'number ' || n, "
        "'2026-01-01Z'::timestamptz + (n / 2) * interval '1 minute' from generate_series(1, 60) n returning 1"
    )
    seen, path = [], "/alerts?level=INFO"
    while path:
        page = operator.open(path).text
        seen += re.findall(r"number (\d+)</h2>", page) or re.findall(r"</span> number (\d+)", page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert [int(number) for number in seen] == list(range(60, 0, -1))


def test_a_page_that_the_browser_has_is_not_sent_again(operator):
    first = operator.open("/leads")
    again = operator.open("/leads", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["Cache-Control"] == "private, no-cache"
    operator.send_form("/preferences", language="en")
    assert operator.open("/leads", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_pages_of_people_run_our_own_scripts_alone(operator):
    policy = operator.open("/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    page = operator.open("/state").text
    assert " style=" not in page
    assert not re.search(r"<script(?! src=\"/)", page)
    assert not re.search(r"\son\w+=", page)


def test_what_is_to_be_told_once_waits_while_the_database_is_away(operator, monkeypatch):
    operator.press("/state/breakers/hubspot/reset", seen="a")
    with monkeypatch.context() as away:
        away.setattr(sessions, "told", lambda *_: (_ for _ in ()).throw(UnavailableError("Postgres is away.")))
        assert operator.open("/state").status_code == 200
        assert operator.open("/nowhere").status_code == 404
    assert "hubspot" in told(operator, "/state")


def test_keys_are_listed_with_times_of_the_company_and_without_values(filled, operator, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", f"http://{filled.kestra.netloc}")
    entries = [Entry("cb.open.hubspot", "2026-01-02T23:30:00.123456789Z", None), Entry("odd", None, "soon")]
    monkeypatch.setattr(Store, "keys", lambda _: entries)
    page = operator.open("/state/keys").text
    assert re.search(r'title="0?3/0?1/2026 0?0:30"', page), page
    assert page.count("<time") == 1
    assert "cb.open.hubspot" in page


def test_every_page_of_an_empty_database_is_one(desk):
    browser = desk.sign_in()
    for language in ("es", "en"):
        browser.send_form("/preferences", language=language)
        for page in [*PAGES, "/etl", "/costs", "/api/docs"]:
            assert browser.open(page).status_code == 200, page


def test_kestra_away_is_told_on_the_page_of_its_keys(operator):
    assert "No se puede preguntar a Kestra ahora" in operator.open("/state/keys").text
