"""The fault API: each kind as a client meets it, how often it strikes, and that nothing else changes."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.waiting import wait_for


@pytest.fixture
def url(control, graph):
    return graph.url(control.add_media(b"x" * 500)["id"])


def statuses(graph, url, count):
    return [graph.get(url).status_code for _ in range(count)]


def test_a_status_with_seconds_to_wait(control, graph, url):
    control.fault("whatsapp", "media.get", "status", status=429, retry_after=3, calls=1)
    answer = graph.get(url)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["error"]["code"]) == (429, "3", 130429)
    assert graph.get(url).status_code == 200


def test_a_status_with_a_date_to_wait_for(control, graph, url):
    control.fault("whatsapp", "media.get", "status", status=503, retry_after=60, retry_after_as="date", calls=1)
    wait = parsedate_to_datetime(graph.get(url).headers["retry-after"]).timestamp() - time.time()
    assert 50 < wait <= 60


def test_a_body_of_ones_own(control, graph, url):
    control.fault("whatsapp", "media.get", "status", status=502, body="<h1>Bad gateway</h1>")
    assert graph.get(url).text == "<h1>Bad gateway</h1>"


def test_html_with_200(control, graph, url):
    control.fault("whatsapp", "media.get", "html")
    answer = graph.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!doctype html>")


def test_a_delay(control, graph, url):
    control.fault("whatsapp", "media.get", "delay", seconds=0.3, calls=1)
    started = time.perf_counter()
    assert graph.get(url).status_code == 200
    assert time.perf_counter() - started >= 0.3


def test_a_slow_body_arrives_whole_but_late(control, graph, url):
    media = graph.get(url).json()["url"]
    control.fault("whatsapp", "media.download", "slow_body", bytes_per_s=1000, calls=1)
    started = time.perf_counter()
    assert graph.get(media).content == b"x" * 500
    assert time.perf_counter() - started >= 0.4


def test_a_slow_body_outlasts_a_read_timeout_between_bytes(control, graph, url):
    control.fault("whatsapp", "media.get", "slow_body", bytes_per_s=20, calls=1)
    started = time.perf_counter()
    with graph.get(url, stream=True, timeout=10) as answer:
        assert next(answer.iter_content(1))
    assert time.perf_counter() - started < 10  # the whole of it takes longer


def test_a_truncated_body_has_fewer_bytes_than_it_said(control, graph, url):
    control.fault("whatsapp", "media.get", "truncate", at=40, calls=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match=r"IncompleteRead\(40 bytes read"):
        graph.get(url)


def test_a_reset_connection(control, graph, url):
    control.fault("whatsapp", "media.get", "reset", calls=1)
    with pytest.raises(requests.exceptions.ConnectionError, match="reset by peer"):
        graph.get(url)
    assert control.calls("whatsapp", "media.get")[-1]["status"] is None


@pytest.mark.parametrize(("kind", "more"), [("status", {"status": 503}), ("reset", {}), ("html", {})])
@pytest.mark.parametrize("after", [False, True])
def test_the_work_is_done_first_only_when_that_is_asked_for(control, graph, kind, more, after):
    control.fault("whatsapp", "messages", kind, after_apply=after, calls=1, **more)
    body = {"messaging_product": "whatsapp", "to": "34600111222", "type": "text", "text": {"body": "x"}}
    try:
        graph.post(graph.url(f"{graph.phone}/messages"), json=body)
    except requests.exceptions.ConnectionError:
        assert kind == "reset"
    assert len(control.outbox()) == int(after)


def test_done_but_never_answered(control, graph):
    control.fault("whatsapp", "messages", "timeout_after_apply", seconds=30, calls=1)
    body = {"messaging_product": "whatsapp", "to": "34600111222", "type": "text", "text": {"body": "x"}}
    with pytest.raises(requests.exceptions.ReadTimeout):
        graph.post(graph.url(f"{graph.phone}/messages"), json=body, timeout=0.3)
    assert len(wait_for(control.outbox, "the message")) == 1
    [call] = wait_for(lambda: control.calls("whatsapp", "messages"), "the call's entry")
    assert (call["status"], call["fault"]) == (None, "timeout_after_apply")


def test_a_delay_that_outlasts_the_client_does_nothing(control, graph):
    control.fault("whatsapp", "messages", "delay", seconds=30, calls=1)
    body = {"messaging_product": "whatsapp", "to": "34600111222", "type": "text", "text": {"body": "x"}}
    with pytest.raises(requests.exceptions.ReadTimeout):
        graph.post(graph.url(f"{graph.phone}/messages"), json=body, timeout=0.3)
    graph.get(graph.url("1"))
    assert control.outbox() == []


def test_skip_and_calls_choose_which_requests_are_struck(control, graph, url):
    control.fault("whatsapp", "media.get", "status", status=500, skip=1, calls=2)
    assert statuses(graph, url, 5) == [200, 500, 500, 200, 200]


def test_a_share_strikes_about_that_share_and_the_same_each_time(control, graph, url):
    control.fault("whatsapp", "media.get", "status", status=500, share=0.3, seed=1)
    first = statuses(graph, url, 100)
    assert 15 <= first.count(500) <= 45
    control.clear_faults()
    control.fault("whatsapp", "media.get", "status", status=500, share=0.3, seed=1)
    assert statuses(graph, url, 100) == first


def test_only_requests_that_contain_a_text(control, graph, url):
    control.fault("whatsapp", "messages", "error", code="131026", contains="34666")
    for to, status in (("34600111222", 200), ("34666000000", 400)):
        body = {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "x"}}
        assert graph.post(graph.url(f"{graph.phone}/messages"), json=body).status_code == status
    assert graph.get(url).status_code == 200


def test_globs_name_routes_and_a_star_every_provider(control, graph, url):
    control.fault("whatsapp", "media.*", "status", status=500, calls=1)
    control.fault("*", "*", "status", status=503, calls=1)
    assert statuses(graph, url, 3) == [500, 503, 200]


def test_faults_of_one_provider_are_removed_and_the_log_names_what_struck(control, graph, url):
    control.fault("whatsapp", "*", "html")
    control.fault("slack", "*", "reset")
    graph.get(url)
    assert control.clear_faults("whatsapp") == 1
    assert [fault["provider"] for fault in control.faults()] == ["slack"]
    assert control.calls("whatsapp")[-1]["fault"] == "html"


def test_a_fault_that_makes_no_sense_is_refused(control):
    with pytest.raises(RuntimeError, match="422"):
        control.fault("whatsapp", "*", "explode")
    with pytest.raises(RuntimeError, match="needs a code"):
        control.fault("slack", "*", "error")
