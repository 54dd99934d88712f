"""Signed links of alerts through the edge: exactly these paths, and no token in a log."""

import pytest
from edgekit import ask, entry

from kit import dates, db
from platform_tasks.alerts import act_link, book
from platform_tasks.alerts.events import Event
from tests.console_support import KEY, Desk, console_url, desk
from tests.kit_support import dsn, migrated

__all__ = ["console_url", "desk", "dsn", "migrated"]

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "Origin": "null"}


@pytest.fixture
def open_edge(start_edge, desk: Desk):
    return start_edge(EDGE_CONSOLE=desk.url.removeprefix("http://"))


@pytest.fixture
def link(desk: Desk):
    with db.connect(desk.dsn) as conn:
        alert_id = book.fire(conn, Event("flow_failed", "broken")).alert_id
    ends = dates.utcnow() + act_link.LIFE
    return act_link.PATH + act_link.sign(alert_id, expires_at=ends, secret=KEY)


def test_an_alert_from_the_link_to_the_acknowledgement(open_edge, desk, link):
    page = ask(open_edge, link)
    assert (page.status, b"broken" in page.body) == (200, True)
    done = ask(open_edge, link, method="POST", body=b"action=acknowledge&by=Ana", headers=FORM)
    assert (done.status, done.headers["location"]) == (303, link)
    assert desk.run("select acknowledged_by from ops.alerts") == [{"acknowledged_by": "Ana"}]


def test_the_edges_log_names_no_token(open_edge, link):
    line = entry(open_edge, ask(open_edge, link).headers["x-request-id"])
    assert link not in str(line)
    assert "/alerts/act/" in str(line)


def test_no_other_path_is_public(open_edge, link):
    for target in ("/alerts", "/alerts/", "/alerts/act", "/alerts/act/", "/alerts/act/x", f"{link}/", f"{link}/x"):
        assert ask(open_edge, target).status == 404
    assert ask(open_edge, link, method="DELETE").status == 404


def test_without_its_setting_it_is_not_public(start_edge, link):
    assert ask(start_edge(), link).status == 404
