"""Signed links: what opens a review, for whom, until when; and what does not."""

from __future__ import annotations

import base64
import json
import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import redaction
from kit.errors import ConfigurationError, RefusedInputError
from tickets import review_link

KEY = "k1-" + "aB3dE6gH9jK2mN5p" * 2
OTHER = "k2-" + "qR8sT1uV4wX7yZ0c" * 2
NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
END = NOW + timedelta(days=2)


def token(by="Ana", secret=KEY, end=END):
    return review_link.sign("R-ABCDEFGHJK", by=by, expires_at=end, secret=secret)


def code(text, secrets=(KEY,), now=NOW):
    with pytest.raises(RefusedInputError) as raised:
        review_link.verify(text, secrets=secrets, now=now)
    return raised.value.code


@given(by=st.text(max_size=60))
def test_what_was_signed_is_read_back(by):
    claims = review_link.verify(token(by), secrets=[KEY], now=NOW)
    assert claims == review_link.Claims("R-ABCDEFGHJK", by, END)
    assert set(token(by)) <= set(string.ascii_letters + string.digits + "-_.")


def test_both_keys_count_during_a_rotation():
    assert review_link.verify(token(secret=KEY), secrets=[OTHER, KEY], now=NOW).by == "Ana"
    assert code(token(secret=KEY), secrets=[OTHER]) == "link_invalid"


@pytest.mark.parametrize("seconds", [0, 1, 10**8])
def test_it_ends_at_its_time(seconds):
    assert review_link.verify(token(), secrets=[KEY], now=END - timedelta(seconds=1))
    assert code(token(), now=END + timedelta(seconds=seconds)) == "link_expired"


def test_an_end_tells_which_review_to_ask_for():
    with pytest.raises(RefusedInputError) as raised:
        review_link.verify(token(), secrets=[KEY], now=END)
    assert raised.value.details == {"review_id": "R-ABCDEFGHJK"}


def test_no_changed_token_is_taken():
    genuine = token()
    for place in range(len(genuine)):
        changed = genuine[:place] + ("x" if genuine[place] != "x" else "y") + genuine[place + 1 :]
        assert code(changed) == "link_invalid", place


def test_claims_of_ones_own_need_the_key():
    head, payload, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps(claims | {"e": 2**40}).encode()).rstrip(b"=").decode()
    assert code(f"{head}.{forged}.{signature}") == "link_invalid"


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "a.b.c.d", "é.b.c", "x" * 5000, token() + "\n"])
def test_nonsense_is_refused(text):
    assert code(text) == "link_invalid"


def test_nobody_signs_or_verifies_with_an_empty_key():
    with pytest.raises(ConfigurationError):
        token(secret="")
    assert code(token(), secrets=[""]) == "link_invalid"


def test_the_address(monkeypatch):
    assert review_link.url("R-ABCDEFGHJK", "Ana", END) is None
    monkeypatch.setenv("OPSFLOWS_CONSOLE_URL", "https://desk.acme.test/")
    assert review_link.url("R-ABCDEFGHJK", "Ana", END) is None
    monkeypatch.setenv("OPSFLOWS_CONSOLE_KEY", KEY)
    assert review_link.url("R-ABCDEFGHJK", "Ana", END) == f"https://desk.acme.test/tickets/review/{token()}"


def test_no_log_shows_a_token():
    shown = redaction.redact(f'GET "https://desk.acme.test/tickets/review/{token()}" 200')
    assert token() not in shown
    assert shown == 'GET "https://desk.acme.test/tickets/review/***" 200'
