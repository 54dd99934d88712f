"""External Requests as ManyChat sends them: bodies typed by hand, unset variables, answers that the page obeys."""

import hashlib
import hmac
import json
import time

import pytest
import requests

SECRET = "a-static-secret"
ANA = {"first_name": 'Ana "la Reina"', "email": "ana@ejemplo.es", "custom_fields": {"utm_source": "ig"}}


@pytest.fixture
def page(control, receiver):
    control.manychat.target(receiver.url, SECRET)
    return control.manychat


@pytest.fixture
def ana(page):
    [found] = page.seed(ANA)
    return found


def bodies(receiver):
    return [json.loads(body) for _, body in receiver.posts]


def test_full_contact_data(page, ana, receiver):
    [request] = page.send(ana, extra={"flow": "Alta"})
    [(headers, _)] = receiver.posts
    [body] = bodies(receiver)
    assert (request["status"], headers["X-Webhook-Secret"]) == (200, SECRET)
    assert (body["id"], body["key"], body["flow"]) == (ana, f"user:{ana}", "Alta")
    assert (body["first_name"], body["phone"]) == ('Ana "la Reina"', None)
    assert body["custom_fields"]["utm_source"] == "ig"
    assert body["custom_fields"]["crm_id"] is None
    page.send(ana, ids_as_numbers=True)
    assert bodies(receiver)[1]["id"] == int(ana)


def test_variables_without_a_value_arrive_literally_or_empty(page, ana, receiver):
    template = '{"name": "{{first_name}}", "phone": "{{phone}}", "source": "{{cuf_utm_source}}", "id": {{user_id}}}'
    page.send(ana, template=template)
    page.send(ana, template=template, unset="empty")
    literal, empty = bodies(receiver)
    assert literal == {"name": 'Ana "la Reina"', "phone": "{{phone}}", "source": "ig", "id": int(ana)}
    assert empty["phone"] == ""


def test_a_body_typed_by_hand_breaks_on_a_quote(page, ana, receiver):
    page.send(ana, template='{"name": "{{first_name}}"}', hand_typed=True)
    [(_, raw)] = receiver.posts
    assert raw == b'{"name": "Ana "la Reina""}'


def test_forged_and_repeated_requests(page, ana, receiver):
    for forge in ("secret", "missing", "empty"):
        page.send(ana, forge=forge)
    assert [headers.get("X-Webhook-Secret") for headers, _ in receiver.posts] == [SECRET[::-1] + "x", None, ""]
    page.send(ana, duplicate=20, concurrency=10)
    assert len(receiver.posts) == 23


def test_a_signature_for_those_who_can_send_one(page, ana, receiver):
    page.send(ana, hmac_header="X-Signature", hmac_secret="k")
    [(headers, body)] = receiver.posts
    assert headers["X-Signature"] == "sha256=" + hmac.new(b"k", body, hashlib.sha256).hexdigest()


def test_the_page_obeys_the_answer(page, ana, receiver):
    receiver.answer = json.dumps(
        {
            "version": "v2",
            "crm": {"id": "151"},
            "content": {
                "messages": [{"type": "text", "text": "Gracias"}],
                "actions": [
                    {"action": "set_field_value", "field_name": "utm_medium", "value": "bot"},
                    {"action": "add_tag", "tag_name": "synced"},
                    {"action": "add_tag", "tag_name": "a tag that the page lacks"},
                ],
            },
        }
    ).encode()
    page.send(ana, mapping={"crm_id": "$.crm.id", "utm_term": "$.nope.at.all"})
    found = page.subscriber(ana)
    assert found["custom_fields"] == {"utm_source": "ig", "crm_id": "151", "utm_medium": "bot"}
    assert found["tags"] == ["synced"]
    assert page.sent(ana)[0]["messages"] == [{"type": "text", "text": "Gracias"}]


def test_an_answer_that_comes_too_late_counts_for_nothing(page, ana):
    started = time.monotonic()
    [request] = page.send(ana, url="http://127.0.0.1:9/", timeout_s=1)
    assert request["status"] == 0
    assert time.monotonic() - started < 10


def test_limits_are_counted_a_second_and_a_route(sandbox, page, ana):
    headers = {"Authorization": f"Bearer {sandbox.credentials.manychat_token}"}
    url = f"{sandbox.base_url}/manychat/fb/subscriber/getInfo?subscriber_id={ana}"
    started = time.monotonic()
    codes = [requests.get(url, headers=headers, timeout=30).status_code for _ in range(14)]
    if time.monotonic() - started < 1:  # a loaded machine may take longer than the second
        assert codes == [200] * 10 + [429] * 4
    assert page.seed(count=3, pattern={"phone": "+3461{n:07}"})[0] > ana
