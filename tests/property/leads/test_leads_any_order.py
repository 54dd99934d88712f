"""Normalising twice changes nothing; events in any order, and repeated, make the same person."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leads import fields, key, mapping, merge, normalise

NAMES = (
    *("id", "subscriber_id", "email", "phone", "whatsapp_phone", "name", "first_name", "last_name", "locale"),
    *("channel", "utm_source", "utm_campaign", "consent", "consent_at", "consent_text", "last_interaction", "flow"),
    *("request_id", "ig_username", "live_chat_url", "custom_fields"),
)
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["{{email}}", "", "ANA", "ana", "ß", "ŉandú", "Ana@X.es", "600111222", "+34 600 111 222", "es-MX"]),
    st.sampled_from(["2026-11-21T10:00:00Z", "1795255200", "sí", "NO", "Facebook", "{{{{a}}}}", "{{a{{b}}}}"]),
    st.integers(-5, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none(),
    st.booleans(),
)
BODIES = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(WORDS, st.dictionaries(st.text(max_size=6), WORDS, max_size=4)), max_size=10
)


@given(BODIES)
def test_normalising_is_idempotent(body):
    once = normalise.lead(body, country="ES")
    assert normalise.lead(once.model_dump(), country="ES") == once
    assert normalise.lead(once.model_dump(mode="json"), country="ES") == once
    assert key.key(once.model_dump()) == key.key(once.model_dump(mode="json")) == key.key(body)


@given(st.text())
def test_cleaning_is_idempotent(text):
    once = fields.clean(text)
    assert fields.clean(once) == once


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.text("ab", min_size=1, max_size=2),
        st.dictionaries(st.sampled_from(["email", "phone", "utm_source", "utm_term"]), st.sampled_from("xyz")),
    ),
    max_size=6,
)


@given(EVENTS, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_the_same_person(events, random):
    first = mapping.load().first_touch()
    shuffled = events + [event for event in events if random.random() < 0.5]
    random.shuffle(shuffled)
    assert _merged(events, first) == _merged(shuffled, first)


def _merged(events, first):
    start = datetime(2026, 11, 21, tzinfo=UTC)
    known = merge.Known()
    for minutes, name, values in events:
        known = merge.merge(known, values, at=start + timedelta(minutes=minutes), key=name, first_touch=first)
    return known
