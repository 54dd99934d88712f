"""Slack's words as errors, from either kind of answer."""

import json

import pytest

from adapters import slack
from adapters.slack import errors as words
from kit import errors
from kit.http import Response


def classified(status, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return words.classify(Response(status, {}, content, "https://x.example"))


@pytest.mark.parametrize("word", sorted(words.RULES))
def test_each_known_word_is_permanent_and_says_what_to_do(word):
    error = words.from_word(word)
    assert isinstance(error, errors.TerminalError)
    assert error.code == f"slack_{word}"
    assert error.next_action


@pytest.mark.parametrize("word", sorted(words.LIMITED))
def test_limits_carry_the_advice(word):
    error = words.from_word(word, retry_after=3)
    assert type(error) is errors.RateLimitedError
    assert error.retry_after == 3


@pytest.mark.parametrize("word", sorted(words.PASSING))
def test_passing_trouble_is_transient(word):
    assert type(words.from_word(word)) is errors.UnavailableError


@pytest.mark.parametrize("word", sorted(words.DOUBTFUL))
def test_trouble_inside_slack_leaves_a_doubt(word):
    assert type(words.from_word(word)) is errors.UncertainError


def test_success_is_no_error():
    assert classified(200, {"ok": True}) is None
    assert classified(200, b"ok") is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_limits_and_server_errors_are_left_to_the_status(status):
    assert classified(status, {"ok": False, "error": "invalid_auth"}) is None
    assert classified(status, b"no_service") is None


@pytest.mark.parametrize(
    "body", [b"", b"<html>no_service</html>", b"{", b'{"ok": 1}', b"[]", b"Not Found at all", b"{" * 100_000]
)
def test_a_body_without_a_word_is_left_to_the_status(body):
    assert classified(404, body) is None


def test_a_strange_word_is_not_taken_over_into_messages():
    error = classified(200, {"ok": False, "error": "<script> " * 50})
    assert error.code == "slack_unknown_error"
    assert "script" not in str(error)


def test_escaping_covers_exactly_slacks_markup():
    assert slack.escape("<a> & \"b\" 'c'") == "&lt;a&gt; &amp; \"b\" 'c'"
