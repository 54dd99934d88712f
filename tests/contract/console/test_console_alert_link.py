"""The page behind an alert's signed link: a GET looks, a POST acts, and nobody else gets in."""

from datetime import timedelta

import pytest
import requests

from kit import dates, db
from platform_tasks.alerts import act_link, book
from platform_tasks.alerts.events import Event
from tests.console_support import KEY, logged

FORM = {"Sec-Fetch-Site": "same-origin"}
FAILED = Event("flow_failed", "etl <b>failed</b>", flow_id="etl_example", error_class="unavailable", message="m & n")


@pytest.fixture
def alert(desk):
    """An alert with its link."""
    with db.connect(desk.dsn) as conn:
        alert_id = book.fire(conn, FAILED).alert_id
    return alert_id, desk.url + act_link.PATH + token(alert_id)


def token(alert_id, hours=1.0, secret=KEY):
    return act_link.sign(alert_id, expires_at=dates.utcnow() + timedelta(hours=hours), secret=secret)


def row(desk):
    [found] = desk.run("select * from ops.alerts")
    return found


def post(link, headers=FORM, **form):
    return requests.post(link, data=form, headers=headers, timeout=20, allow_redirects=False)


def test_a_look_changes_nothing(desk, alert):
    page = requests.get(alert[1], timeout=20)
    assert page.status_code == 200
    assert "etl &lt;b&gt;failed&lt;/b&gt;" in page.text
    assert "m &amp; n" in page.text
    assert page.headers["cache-control"] == "no-store"
    requests.head(alert[1], timeout=20)
    assert row(desk)["acknowledged_at"] is None


def test_who_acknowledges_is_kept_and_shown(desk, alert):
    done = post(alert[1], action="acknowledge", by="  Ana   López ")
    assert (done.status_code, done.headers["location"]) == (303, alert[1].removeprefix(desk.url))
    assert row(desk)["acknowledged_by"] == "Ana López"
    page = requests.get(alert[1], timeout=20).text
    assert "Ana López" in page
    assert 'value="acknowledge"' not in page
    post(alert[1], action="acknowledge", by="Luis")
    assert row(desk)["acknowledged_by"] == "Ana López"


def test_a_snooze_lasts_as_long_as_was_asked(desk, alert):
    post(alert[1], action="snooze", hours="4", by="Ana")
    left = row(desk)["snoozed_until"] - dates.utcnow()
    assert timedelta(hours=3, minutes=50) < left <= timedelta(hours=4)
    assert "En silencio hasta" in requests.get(alert[1], timeout=20).text


def test_who_pressed_is_written_down_with_the_name_they_typed(desk, alert):
    post(alert[1], action="snooze", hours="4", by="Ana\x00 López")
    post(alert[1], action="acknowledge", by="opsflows")
    post(alert[1], action="acknowledge", by="Luis, who is late")
    rows = desk.run("select person, action, target from ops.console_actions order by action_id")
    assert [(one["person"], one["action"]) for one in rows] == [
        ("Ana López (link)", "alerts.snooze"),
        ("opsflows (link)", "alerts.acknowledge"),
    ]
    assert {one["target"] for one in rows} == {str(alert[0])}


@pytest.mark.parametrize(
    "form",
    [
        {"action": "acknowledge"},
        {"action": "acknowledge", "by": "   "},
        {"action": "snooze", "by": "Ana"},
        {"action": "snooze", "hours": "9999", "by": "Ana"},
        {"action": "delete", "by": "Ana"},
        {"by": "Ana"},
    ],
)
def test_what_is_no_answer_is_asked_again(desk, alert, form):
    assert post(alert[1], **form).status_code == 422
    assert row(desk)["acknowledged_at"] is row(desk)["snoozed_until"] is None


def test_another_sites_page_may_not_act(desk, alert):
    assert post(alert[1], {"Sec-Fetch-Site": "cross-site"}, action="acknowledge", by="x").status_code == 403
    assert post(alert[1], {"Origin": "https://evil.example"}, action="acknowledge", by="x").status_code == 403
    assert row(desk)["acknowledged_at"] is None


def test_links_of_others_of_yesterday_and_of_another_kind_open_nothing(desk, alert):
    base = desk.url + act_link.PATH
    review = desk.link("R-7QK2M4X9AB").rpartition("/")[2]
    for wrong, status in (
        (token(alert[0], hours=-1), 410),
        (token(alert[0], secret="another key of 32 characters!!"), 404),
        (review, 404),
        (token(alert[0])[:-2] + "xx", 404),
        (token(999), 404),
    ):
        assert requests.get(base + wrong, timeout=20).status_code == status
        assert post(base + wrong, action="acknowledge", by="x").status_code == status
    assert row(desk)["acknowledged_at"] is None


def test_an_alert_that_ended_has_no_form(desk, alert):
    with db.connect(desk.dsn) as conn:
        book.resolve(conn, FAILED.key)
    page = requests.get(alert[1], timeout=20).text
    assert "<form" not in page
    assert "resuelta" in page


def test_the_log_has_no_token(alert, capfd):
    requests.get(alert[1], timeout=20)
    assert alert[1].rpartition("/")[2] not in logged(capfd, "/alerts/act/***", 1)
