"""Posts: the genuine reach Kestra byte for byte, nothing else reaches it at all."""

import hashlib
import json
import random

import pytest
from edgekit import FLOW, HOOK, KEY, PREVIOUS, SECRET, ask, entry, genuine, lower, post, sign

from local.providers import sender

THREE_MB = 3 * 1024 * 1024
PAYLOAD = {"object": "whatsapp_business_account", "name": "José Peñalara 🧾", "url": "https://a.b/c?d=<e>&f=%41@g"}
BODIES = {
    "escaped as Meta does": sender.encode(PAYLOAD),
    "escaped as Meta did": sender.encode(PAYLOAD, older_escapes=True),
    "raw UTF-8": json.dumps(PAYLOAD, ensure_ascii=False, indent=2).encode(),
    "not JSON": b"{not json, \r\n\r\n0\r\n\r\n",
    "every byte": bytes(range(256)) * 3,
    "larger than the memory of a request": random.Random(1).randbytes(100_000),
    "as large as Meta's largest": random.Random(2).randbytes(THREE_MB),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_the_bytes_that_kestra_keeps_are_the_bytes_that_were_sent(edge, kestra, body):
    answer = post(edge, body)
    assert (answer.status, answer.body) == (200, b"")
    stored = kestra.stored(kestra.execution(answer.request_id))
    assert hashlib.sha256(stored).hexdigest() == hashlib.sha256(body).hexdigest()


def test_a_chunked_post_arrives_whole(edge, kestra):
    parts = [b'{"a":', "\u00e9".encode(), b"}" * 70_000]
    answer = ask(edge, HOOK, method="POST", body=iter(parts), headers=genuine(b"".join(parts)))
    assert answer.status == 200
    assert kestra.stored(kestra.execution(answer.request_id)) == b"".join(parts)


def test_kestra_gets_only_the_headers_that_the_flow_needs(edge, kestra):
    body = b'{"headers":1}'
    sent = {
        "Authorization": "Basic eDp5",
        "Cookie": "a=b",
        "X-Forwarded-For": "10.9.8.7",
        "X-Request-Id": "chosen-by-the-client",
        "X-Hub-Signature": "sha1=0",
    }
    answer = post(edge, body, headers=sent)
    assert answer.request_id != "chosen-by-the-client"
    got = lower(kestra.execution(answer.request_id)["headers"])
    assert got == {
        "host": [kestra.upstream],
        "connection": ["close"],
        "content-length": [str(len(body))],
        "content-type": ["application/json"],
        "x-hub-signature-256": [sign(body)],
        "x-request-id": [answer.request_id],
    }


def test_the_answer_tells_nothing_of_kestra(edge, kestra):
    answer = post(edge, b'{"answer":1}')
    execution = kestra.execution(answer.request_id)["execution"]
    assert answer.body == b""
    told = json.dumps(answer.headers)
    assert execution not in told
    assert "kestra" not in told.lower()
    assert set(answer.headers) == {
        "server",
        "date",
        "connection",
        "content-length",
        "x-request-id",
        "x-content-type-options",
        "cache-control",
    }


def test_the_request_id_is_in_the_answer_in_kestra_and_in_the_log(edge, kestra):
    answer = post(edge, b'{"id":1}')
    assert kestra.execution(answer.request_id)
    logged = entry(edge, answer.request_id)
    assert (logged["reason"], logged["upstream_status"], logged["status"]) == ("ok", "200", 200)


def test_the_secret_before_is_good_while_it_is_there(edge):
    answer = post(edge, b'{"old":1}', PREVIOUS)
    assert answer.status == 200
    assert entry(edge, answer.request_id)["reason"] == "ok_previous"


BODY = b'{"forged":1}'
RIGHT = sign(BODY)
FORGED = {
    "no signature": (None, 401, "unsigned"),
    "empty": ("", 403, "malformed_signature"),
    "unknown secret": (sign(BODY, "0" * 32), 403, "forged"),
    "empty secret": (sign(BODY, ""), 403, "forged"),
    "other body": (sign(BODY + b" "), 403, "forged"),
    "one bit": (RIGHT[:-1] + ("0" if RIGHT[-1] != "0" else "1"), 403, "forged"),
    "upper-case hex": ("sha256=" + RIGHT[7:].upper(), 403, "malformed_signature"),
    "upper-case name": ("SHA256=" + RIGHT[7:], 403, "malformed_signature"),
    "no name": (RIGHT[7:], 403, "malformed_signature"),
    "sha1": ("sha1=" + RIGHT[7:47], 403, "malformed_signature"),
    "sha512": ("sha512=" + RIGHT[7:] * 2, 403, "malformed_signature"),
    "one digit short": (RIGHT[:-1], 403, "malformed_signature"),
    "one digit long": (RIGHT + "0", 403, "malformed_signature"),
    "two in one": (f"{RIGHT}, {RIGHT}", 403, "malformed_signature"),
}


@pytest.fixture(scope="module")
def forged(edge):
    """Each forgery's answer."""
    answers = {}
    for name, (signature, _, _) in FORGED.items():
        signed = {} if signature is None else {"X-Hub-Signature-256": signature}
        headers = {"Content-Type": "application/json", **signed}
        answers[name] = ask(edge, HOOK, method="POST", body=BODY, headers=headers)
    return answers


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_post_does_not_reach_kestra(edge, kestra, forged, name):
    _, status, reason = FORGED[name]
    answer = forged[name]
    assert (answer.status, answer.body) == (status, b"")
    logged = entry(edge, answer.request_id)
    assert (logged["reason"], logged["upstream_status"]) == (reason, "")
    assert answer.request_id not in kestra.executions()


def test_two_signatures_are_one_too_many(edge):
    headers = {**genuine(BODY), "x-hub-signature-256": RIGHT}
    answer = ask(edge, HOOK, method="POST", body=BODY, headers=headers)
    assert entry(edge, answer.request_id)["reason"] == "malformed_signature"
    assert answer.status == 403


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data; boundary=x", "application/jsonp", "json"])
def test_another_content_type_is_refused(edge, kind):
    answer = post(edge, BODY, headers={"Content-Type": kind})
    assert (answer.status, answer.body) == (415, b"")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_name_its_charset(edge, kestra, kind):
    answer = post(edge, BODY, headers={"Content-Type": kind})
    assert answer.status == 200
    assert lower(kestra.execution(answer.request_id)["headers"])["content-type"] == [kind]


@pytest.mark.parametrize("size", [THREE_MB + 1, 20_000_000])
def test_a_body_larger_than_metas_is_refused_before_it_is_sent(edge, size):
    """The head announces the body, and the answer comes without a byte of it."""
    headers = {**genuine(BODY), "Content-Length": str(size)}
    assert ask(edge, HOOK, method="POST", headers=headers).status == 413


def test_a_chunked_body_of_20_mb_is_cut_off(edge, kestra):
    before = len(kestra.executions())
    chunk = b"x" * 500_000
    try:
        status = ask(edge, HOOK, method="POST", body=iter([chunk] * 40), headers=genuine(chunk * 40)).status
    except ConnectionError:  # the edge hung up while the body was still being sent
        status = 413
    assert status == 413
    assert len(kestra.executions()) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND"])
def test_other_methods_are_not_allowed(edge, kestra, method):
    answer = ask(edge, HOOK, method=method, headers=genuine(b""))
    assert (answer.status, answer.body) == (405, b"")
    assert answer.request_id not in kestra.executions()


def test_the_flow_and_its_key_are_what_kestra_is_asked_for(kestra):
    """So that the tests above prove something: the same post straight at Kestra, with another key, is not taken."""
    import requests

    url = f"{kestra.url}/api/v1/main/executions/webhook/{FLOW}/"
    assert requests.post(url + KEY, data=BODY, headers=genuine(BODY, SECRET), timeout=10).status_code == 200
    assert requests.post(url + "another", data=BODY, headers=genuine(BODY, SECRET), timeout=10).status_code == 404
