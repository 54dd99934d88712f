"""Signed links through the edge: exactly these paths of the console, and no token in a log."""

from datetime import UTC, datetime

import pytest
from edgekit import SERVER_NAME, ask, entry, raw, statuses, stranger

from tests.console_support import KEY, PASSWORD, Desk, console_url, desk
from tests.kit_support import dsn, migrated
from tickets import review_link

__all__ = ["console_url", "desk", "dsn", "migrated"]

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "Origin": "null"}
EXPIRED = datetime(2026, 1, 1, tzinfo=UTC)
PATH = review_link.PATH + review_link.sign("R-7QK2M4X9AB", by="Ana", expires_at=EXPIRED, secret=KEY)


@pytest.fixture
def open_edge(start_edge, desk: Desk):
    return start_edge(EDGE_CONSOLE=desk.url.removeprefix("http://"))


def path(desk: Desk) -> str:
    return desk.link().removeprefix(desk.url)


def test_a_review_from_the_link_to_the_decision(open_edge, desk):
    desk.ticket()
    link = path(desk)
    page = ask(open_edge, link)
    assert (page.status, b"Revisar el ticket" in page.body) == (200, True)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert ask(open_edge, f"{link}/picture").headers["content-type"] == "image/jpeg"
    assert ask(open_edge, f"{link}/piece/total").status == 200
    style = ask(open_edge, "/tickets/review/console.css?v=0123456789ab")
    assert (style.status, "immutable" in style.headers["cache-control"]) == (200, True)
    decided = ask(open_edge, link, method="POST", body=b"action=approve&total=21%2C57", headers=FORM)
    assert (decided.status, decided.headers["location"]) == (303, link)
    assert desk.found()["decision"] == {"action": "approve", "changes": {"total": "21.57"}}
    assert b"Aprobado" in ask(open_edge, link).body


def test_what_the_console_refuses_is_refused(open_edge, desk):
    desk.ticket()
    link = path(desk)
    foreign = FORM | {"Sec-Fetch-Site": "cross-site"}
    assert ask(open_edge, link, method="POST", body=b"action=approve", headers=foreign).status == 403
    foreign = {"Content-Type": FORM["Content-Type"], "Origin": "https://evil.example"}
    assert ask(open_edge, link, method="POST", body=b"action=approve", headers=foreign).status == 403
    wrong = ask(open_edge, link[:-1] + ("A" if link[-1] != "A" else "B"))
    assert (wrong.status, "no es válido" in wrong.body.decode()) == (404, True)
    assert desk.found()["state"] == "open"


@pytest.mark.parametrize(
    "target",
    [
        *("/tickets", "/tickets/", "/tickets/T-7QK2M4X9AB", "/tickets/T-7QK2M4X9AB/certificate", "/tickets/review"),
        *("/tickets/review/", "/tickets/review/x", "/tickets/review/a.b.c", "/tickets/review/other.css"),
        *(f"{PATH}/", f"{PATH}/picture/", f"{PATH}/piece/", f"{PATH}/piece/..", f"{PATH}/../../T-7QK2M4X9AB"),
        *(f"/x/..{PATH}", f"/{PATH}", PATH.replace("review", "%72eview"), f"http://{SERVER_NAME}{PATH}"),
        *(f"{PATH}%2f..%2f..%2ftickets", f"{PATH};x", f"{PATH}/certificate"),
    ],
)
def test_no_other_path_of_the_console_is_public(open_edge, target):
    refused = ask(open_edge, target, headers={"Authorization": "Basic b3BzZmxvd3M6" + PASSWORD})
    assert (refused.status, refused.body) == (404, b"")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_no_other_method_is(open_edge, method):
    assert ask(open_edge, PATH, method=method).status == 404
    assert ask(open_edge, f"{PATH}/picture", method="POST", body=b"x").status == 404


def test_without_its_setting_nothing_of_the_console_is_public(start_edge):
    assert ask(start_edge(), PATH).status == 404


def test_a_console_that_is_away_is_told(start_edge):
    assert ask(start_edge(EDGE_CONSOLE="127.0.0.1:9"), PATH).status == 502


def test_a_long_form_is_refused_before_it_is_read(open_edge):
    assert ask(open_edge, PATH, method="POST", body=b"x" * 70_000, headers=FORM).status == 413


def test_too_many_requests_of_one_client_are_refused(start_edge):
    """The console is away, so that each one costs next to nothing and all come within a moment."""
    one = f"GET /tickets/review/icon.svg HTTP/1.1\r\nHost: {SERVER_NAME}\r\n"
    sent = f"{one}\r\n" * 199 + f"{one}Connection: close\r\n\r\n"
    seen = statuses(raw(start_edge(EDGE_CONSOLE="127.0.0.1:9"), sent.encode(), source=stranger()))
    assert set(seen) == {429, 502}
    assert 61 <= seen.count(502) < 200


def test_no_log_has_the_token(open_edge, desk):
    desk.ticket()
    link = path(desk)
    shown = ask(open_edge, f"{link}?x=canary-4711")
    found = entry(open_edge, shown.request_id)
    assert (found["path"], found["status"]) == ("/tickets/review/", 200)
    logged = open_edge.logs()
    for part in link.rsplit("/", 1)[1].split("."):
        assert part not in logged
    assert "canary-4711" not in logged
