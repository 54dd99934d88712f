"""Signing in: who gets a session, what its cookie is like, when it ends, and who is kept out."""

import io
import re
from datetime import timedelta

import pytest
import requests

from console import access, passwords, people
from tests.console_support import KEY, PASSWORD, Browser
from tools import console_user

READER_PASSWORD = "a reader's own words"


@pytest.fixture(scope="module")
def kept():
    return passwords.make(READER_PASSWORD)


@pytest.fixture
def reader(desk, kept, monkeypatch):
    monkeypatch.setenv(people.USERS, f"rosa@acme.test:reader:{kept}")
    return desk.sign_in("rosa@acme.test", READER_PASSWORD)


def test_a_browser_is_shown_where_to_sign_in_and_comes_back(desk):
    browser = Browser(desk.url)
    asked = browser.open("/tickets?state=done")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Ftickets%3Fstate%3Ddone"
    page = browser.open(asked.headers["location"])
    assert page.status_code == 200
    assert 'name="next" value="/tickets?state=done"' in page.text
    answer = browser.send_form("/sign-in", name="opsflows", password=PASSWORD, next="/tickets?state=done")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets?state=done")
    assert browser.open("/tickets?state=done").status_code == 200


@pytest.mark.parametrize(
    "away",
    ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:alert(1)", "/a\r\nX: y", "", "/" * 2, "/x" * 300],
)
def test_nobody_is_sent_elsewhere(desk, away):
    answer = Browser(desk.url).send_form("/sign-in", name="opsflows", password=PASSWORD, next=away)
    assert answer.headers["location"] == "/"


def test_the_cookie_is_read_by_no_script_and_sent_by_no_other_site(desk):
    answer = Browser(desk.url).send_form("/sign-in", name="opsflows", password=PASSWORD)
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"opsflows_session=[\w-]{43}; HttpOnly; Path=/; SameSite=Strict", cookie)
    token = cookie.split("=")[1].split(";")[0]
    rows = desk.run("select token_hash::text || csrf || person as text from ops.console_sessions")
    assert [token in row["text"] for row in rows] == [False] * len(rows)


@pytest.mark.parametrize(
    ("name", "password"),
    [("opsflows", "wrong"), ("nobody", PASSWORD), ("", ""), ("opsflows", ""), ("opsflows", PASSWORD + " ")],
)
def test_a_wrong_password_opens_nothing_and_says_not_which_half_was_wrong(desk, name, password):
    answer = Browser(desk.url).send_form("/sign-in", name=name, password=password)
    assert answer.status_code == 401
    assert "El usuario o la contraseña no son correctos." in answer.text
    assert "set-cookie" not in answer.headers
    assert PASSWORD not in answer.text


def test_guessing_ends_for_the_client_and_for_the_name(desk, monkeypatch):
    browser = Browser(desk.url)
    answers = [browser.send_form("/sign-in", name="opsflows", password=f"guess {n}").status_code for n in range(25)]
    assert (set(answers), answers[-1]) == ({401, 429}, 429)
    assert browser.send_form("/sign-in", name="opsflows", password=PASSWORD).status_code == 429
    # From another address each time: the name is guarded, too, and other names are not hindered.
    fresh = access.Guesses()
    for _ in range(20):
        fresh.wrong(access._guessed("opsflows"))
    monkeypatch.setattr(access, "guesses", fresh)
    assert browser.send_form("/sign-in", name="opsflows", password=PASSWORD).status_code == 429
    assert browser.send_form("/sign-in", name="else", password="x").status_code == 401


@pytest.mark.parametrize(
    ("name", "password"),
    [("opsflows", "wrong"), ("opsflows", ""), ("nobody", "wrong"), ("nobody", ""), ("rosa@acme.test", "")],
)
@pytest.mark.usefixtures("reader")
def test_every_refusal_costs_the_same_work_each_time(monkeypatch, name, password):
    """So that how long it takes tells nobody which names there are."""
    done = []
    monkeypatch.setattr(passwords, "_key", lambda *_: done.append(1) or b"none")
    for number in (1, 2):
        assert people.by_password(name, password) is None
        assert len(done) == number


def test_a_guess_takes_no_more_memory_for_a_long_name(desk):
    Browser(desk.url).send_form("/sign-in", name="x" * 50_000, password="x")
    assert max(map(len, access.guesses._seen)) < 100


def test_what_is_kept_of_a_password_cannot_be_tried_without_the_key(desk, monkeypatch):
    desk.sign_in()
    (row,) = desk.run("select stamp from ops.console_sessions")
    before = people.every()["opsflows"].stamps
    assert row["stamp"] in before
    monkeypatch.setenv("OPSFLOWS_CONSOLE_KEY", "another-key-of-the-console-2222222")
    assert row["stamp"] not in people.every()["opsflows"].stamps


def test_a_rotation_of_the_key_ends_no_session(desk, monkeypatch):
    browser = desk.sign_in()
    monkeypatch.setenv("OPSFLOWS_CONSOLE_KEY", "another-key-of-the-console-2222222")
    monkeypatch.setenv("OPSFLOWS_CONSOLE_KEY_PREVIOUS", KEY)
    assert browser.open("/tickets").status_code == 200
    monkeypatch.delenv("OPSFLOWS_CONSOLE_KEY_PREVIOUS")
    assert browser.open("/tickets").status_code == 303


def test_signing_out_ends_the_session_on_the_server(desk):
    browser = desk.sign_in()
    token = browser.cookies["opsflows_session"]
    answer = browser.press("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "opsflows_session" not in browser.cookies
    kept = requests.get(f"{desk.url}/tickets", cookies={"opsflows_session": token}, timeout=20)
    assert kept.status_code == 401


@pytest.mark.parametrize(
    ("change", "opens"),
    [
        ("ends_at = clock_timestamp() + interval '1 second'", True),
        ("ends_at = clock_timestamp()", False),
        ("seen_at = clock_timestamp() - interval '59 minutes'", True),
        ("seen_at = clock_timestamp() - interval '61 minutes'", False),
    ],
)
def test_a_session_ends_by_itself(desk, change, opens):
    browser = desk.sign_in()
    desk.run(f"update ops.console_sessions set {change} returning 1")  # noqa: S608 - our own words
    assert browser.open("/tickets").status_code == (200 if opens else 303)


def test_whoever_looks_at_pages_stays_signed_in(desk):
    browser = desk.sign_in()
    desk.run("update ops.console_sessions set seen_at = clock_timestamp() - interval '50 minutes' returning 1")
    browser.open("/")
    (row,) = desk.run(
        "select clock_timestamp() - seen_at as idle, ends_at - created_at as lives from ops.console_sessions"
    )
    assert row["idle"] < timedelta(minutes=1)
    assert timedelta(hours=11, minutes=59) < row["lives"] <= timedelta(hours=12, seconds=5)


def test_signing_in_again_makes_a_new_session_and_ends_the_one_before(desk):
    browser = desk.sign_in()
    before = browser.cookies["opsflows_session"]
    browser.sign_in()
    assert browser.cookies["opsflows_session"] != before
    assert len(desk.run("select 1 from ops.console_sessions")) == 1


def test_a_new_password_ends_its_sessions(desk, monkeypatch):
    browser = desk.sign_in()
    monkeypatch.setenv(access.PASSWORD, "Another-Word-99")
    assert browser.open("/tickets").status_code == 303


def test_a_person_who_is_taken_from_the_list_is_out_at_once(desk, reader, monkeypatch):
    assert reader.open("/tickets").status_code == 200
    monkeypatch.delenv(people.USERS)
    assert reader.open("/tickets").status_code == 303
    assert desk.sign_in().open("/tickets").status_code == 200


def test_a_role_that_is_taken_away_is_gone_at_once(desk, kept, monkeypatch):
    monkeypatch.setenv(people.USERS, f"eva:operator:{kept}")
    browser = desk.sign_in("eva", READER_PASSWORD)
    assert "operación" in browser.open("/").text
    monkeypatch.setenv(people.USERS, f"eva:reader:{kept}")
    assert "operación" not in browser.open("/").text


@pytest.mark.parametrize(
    "entry", ["zoe9", "eva:king:scrypt$1", "eva:reader:plain", ":reader:x", "eva:reader:scrypt$2$8$1$AA$"]
)
def test_a_list_that_cannot_be_read_lets_nobody_in_and_shows_no_hash(desk, monkeypatch, entry):
    monkeypatch.setenv(people.USERS, entry)
    answer = Browser(desk.url).send_form("/sign-in", name="eva", password="x")
    assert answer.status_code == 500
    assert entry not in answer.text


def test_a_program_reads_with_http_basic_and_is_asked_for_it(desk):
    asked = requests.get(f"{desk.url}/tickets", timeout=20)
    assert (asked.status_code, asked.headers["www-authenticate"]) == (401, 'Basic realm="opsflows", charset="UTF-8"')
    answer = requests.get(f"{desk.url}/tickets", auth=("opsflows", PASSWORD), timeout=20)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_behind_tls_the_cookie_is_secure_and_of_this_host_alone():
    from console.visit import Visit

    visit = Visit(secure=True)
    visit.set_cookie("opsflows_session", "x")
    assert visit.cookies == ["__Host-opsflows_session=x; HttpOnly; Path=/; SameSite=Strict; Secure"]


def test_preferences_are_kept_by_the_browser_and_change_the_page(desk):
    browser = desk.sign_in()
    assert 'lang="es"' in browser.open("/").text
    answer = browser.send_form("/preferences", language="en", theme="dark", next="/tickets")
    assert answer.headers["location"] == "/tickets"
    page = browser.open("/tickets").text
    assert '<html lang="en" data-theme="dark">' in page
    assert "Sign out" in page
    browser.send_form("/preferences", language="xx", theme="'", next="//evil")
    assert '<html lang="en" data-theme="dark">' in browser.open("/").text


def test_the_command_makes_an_entry_that_opens(desk, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{READER_PASSWORD}\n"))
    assert console_user.main(["luis", "--role", "operator"]) == 0
    said = capsys.readouterr()
    assert READER_PASSWORD not in said.out + said.err
    monkeypatch.setenv(people.USERS, said.out.strip())
    assert "operación" in desk.sign_in("luis", READER_PASSWORD).open("/").text


@pytest.mark.parametrize(("name", "password"), [("a b", READER_PASSWORD), ("a:b", READER_PASSWORD), ("a", "short")])
def test_the_command_refuses_what_will_not_do(monkeypatch, capsys, name, password):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    assert console_user.main([name]) == 1
    assert capsys.readouterr().out == ""


def test_the_same_password_is_kept_differently_each_time(kept):
    assert passwords.make(READER_PASSWORD) != kept
    assert passwords.fits(READER_PASSWORD, kept)
    assert not passwords.fits(READER_PASSWORD + "x", kept)
