"""Accepted only with a valid signature over the exact bytes: 10,000 bodies, any bit of body or header."""

from __future__ import annotations

import hashlib
import hmac
import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kit import webhooks

SECRET = "app-secret"
NAME = "X-Hub-Signature-256"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
DOCUMENTS = (
    SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(TEXT, SCALARS | st.lists(TEXT, max_size=2), max_size=3)
)


@st.composite
def bodies(draw) -> bytes:
    """JSON as different senders write it (escapes, key order, white space), or any bytes at all."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=300))
    text = json.dumps(
        draw(DOCUMENTS),
        ensure_ascii=draw(st.booleans()),
        sort_keys=False,
        indent=draw(st.sampled_from([None, None, 1, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")])),
    )
    return (text.replace("/", "\\/") if draw(st.booleans()) else text).encode()


def sign(body: bytes) -> str:
    """Written apart from the code under test."""
    return "sha256=" + hmac.HMAC(SECRET.encode(), body, hashlib.sha256).hexdigest()


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
@given(body=bodies(), position=st.integers(0, 2**32))
@example(body='{"name":"Jos\\u00e9","emoji":"🧾"}'.encode(), position=0)
def test_a_valid_post_is_accepted_and_any_flipped_bit_refused(body, position):
    header = sign(body)
    assert webhooks.verify_sha256(body, {NAME: [header]}, [SECRET]).ok
    if body:
        changed = flip(body, position % (len(body) * 8))
        assert not webhooks.verify_sha256(changed, {NAME: [header]}, [SECRET]).ok
    broken = flip(header.encode(), position % (len(header) * 8)).decode("latin-1")
    assert not webhooks.verify_sha256(body, {NAME: [broken]}, [SECRET]).ok


def test_every_single_bit_of_a_body_and_of_its_header_counts():
    body = '{"entry":[{"id":"1","name":"José 🧾","url":"https:\\/\\/x"}]}'.encode()
    header = sign(body)
    for bit in range(len(body) * 8):
        assert not webhooks.verify_sha256(flip(body, bit), {NAME: [header]}, [SECRET]).ok
    for bit in range(len(header) * 8):
        broken = flip(header.encode(), bit).decode("latin-1")
        assert not webhooks.verify_sha256(body, {NAME: [broken]}, [SECRET]).ok


@settings(max_examples=500)
@given(body=st.binary(min_size=1, max_size=200), cut=st.integers(0, 200), added=st.binary(min_size=1, max_size=3))
def test_cut_or_lengthened_bodies_are_refused(body, cut, added):
    header = {NAME: [sign(body)]}
    for changed in (body[: cut % len(body)], body + added, added + body):
        assert not webhooks.verify_sha256(changed, header, [SECRET]).ok


@settings(max_examples=500)
@given(document=DOCUMENTS.filter(lambda d: d not in (None, True, False)))
def test_a_document_that_was_parsed_and_written_again_is_another_body(document):
    """The trap: it would pass with plain ASCII, and fail with the first accent or slash."""
    raw = json.dumps({"d": document, "n": "José/ñ"}, ensure_ascii=True).replace("/", "\\/").encode()
    rewritten = json.dumps(json.loads(raw), ensure_ascii=False).encode()
    assert not webhooks.verify_sha256(rewritten, {NAME: [sign(raw)]}, [SECRET]).ok
