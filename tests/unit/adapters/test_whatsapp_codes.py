"""The table of Meta's codes, and the small readers beside it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from adapters.whatsapp import errors as graph
from adapters.whatsapp.media import from_answer, is_fresh, normalise_sha256
from kit import errors
from kit.http import Response

TABLE = {
    errors.AuthenticationError: [0, 190],
    errors.PermissionDeniedError: [3, 10, 200, 210, 299, 368, 131031, 131005],
    errors.RateLimitedError: [4, 80007, 130429, 131056],
    errors.QuotaExhaustedError: [131048, 131049, 131064],
    errors.InvalidRequestError: [100, 131008, 131009, 131026, 131047, 130472],
    errors.RefusedInputError: [131051, 131052, 131053],
    errors.UnavailableError: [1, 2, 131000, 131016],
}


def answer(status, error, **headers):
    return Response(status, CaseInsensitiveDict(headers), json.dumps({"error": error}).encode(), "https://x.example")


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for kind, codes in TABLE.items() for code in codes])
def test_each_code_has_its_class_and_says_what_to_do(code, kind):
    error = graph.from_code(code, "why.")
    assert type(error) is kind
    assert error.next_action
    assert str(error).startswith(f"WhatsApp refused with code {code}: why. ")


def test_a_code_in_no_table_is_left_to_the_status():
    assert graph.from_code(999_999) is None
    assert graph.classify(answer(400, {"code": 999_999})) is None


def test_the_pair_limit_waits_six_seconds_unless_told_otherwise():
    assert graph.from_code(131056).retry_after == 6
    assert graph.classify(answer(400, {"code": 131056}, **{"Retry-After": "2"})).retry_after == 2


def test_the_usage_header_counts_in_minutes():
    usage = json.dumps({"1": [{"estimated_time_to_regain_access": 0}, {"estimated_time_to_regain_access": 3}]})
    assert graph.classify(answer(400, {"code": 80007}, **{graph.USAGE_HEADER: usage})).retry_after == 180


@pytest.mark.parametrize("usage", [None, "", "{", "[]", '{"1": 3}', '{"1": [{"estimated_time_to_regain_access": 0}]}'])
def test_a_usage_header_that_says_nothing(usage):
    assert graph.regain_after_s(usage) is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": "x"}', b'{"ok": true}', b"[" * 100_000])
def test_a_body_that_is_no_graph_error_is_left_to_the_status(body):
    assert graph.classify(Response(400, {}, body, "https://x.example")) is None


def test_details_come_before_the_message():
    error = graph.classify(
        answer(400, {"code": 100, "message": "m", "error_data": {"details": "d"}, "fbtrace_id": "A1"})
    )
    assert "d." in error.message
    assert error.request_id == "A1"


@pytest.mark.parametrize("code", [1, 2, 131000, 131016])
def test_passing_trouble_with_a_5xx_is_left_to_the_status(code):
    assert graph.classify(answer(500, {"code": code})) is None


def test_a_permanent_code_counts_even_with_a_5xx():
    assert type(graph.classify(answer(500, {"code": 3}))) is errors.PermissionDeniedError


@given(st.binary(min_size=32, max_size=32))
def test_a_hash_is_the_same_in_hex_and_in_both_base64s(raw):
    written = [raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()]
    written.append(base64.b64encode(raw).decode().rstrip("="))
    assert {normalise_sha256(text) for text in written} == {raw.hex()}


@pytest.mark.parametrize("text", ["abc", "zz" * 32, base64.b64encode(b"short").decode(), "ñ" * 44])
def test_what_is_no_hash_is_refused(text):
    with pytest.raises(ValueError, match="hash"):
        normalise_sha256(text)


def test_no_hash_is_none():
    assert normalise_sha256(None) is None
    assert normalise_sha256("") is None


@pytest.mark.parametrize(
    ("url", "fresh"),
    [
        (None, False),
        ("", False),
        ("https://x.example/?mid=1", True),
        ("https://x.example/?ext=1021", True),
        ("https://x.example/?ext=1020", False),
        ("https://x.example/?ext=999", False),
        ("https://x.example/?ext=soon", False),
        ("https://[broken/?ext=1", False),
    ],
)
def test_a_url_is_fresh_when_it_outlives_the_download(url, fresh):
    assert is_fresh(url, now=1000) is fresh


@pytest.mark.parametrize("size", ["182859", 182859])
def test_the_size_comes_as_number_or_text(size):
    assert from_answer("1", {"url": "https://x.example", "file_size": size}).size == 182859


@pytest.mark.parametrize("bad", [{"file_size": "many"}, {"sha256": "x"}, {"url": ""}, {"url": 3}])
def test_a_malformed_media_answer_is_refused(bad):
    with pytest.raises(errors.InvalidResponseError):
        from_answer("1", {"url": "https://x.example"} | bad)
