"""Dead letters: one open letter a piece of work, closed once, erased on demand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kit import db, dead_letters
from kit.dead_letters import Wanted

WORK = {"provider": "hubspot", "kind": "lead", "reason": "property_refused", "execution_id": "e1"}


def put(conn, key: str = "k1", **changes) -> int:
    parts = {**WORK, "key": key, "error": "no", "payload": {"email": "ana@example.com"}, **changes}
    return dead_letters.put(conn, **parts)


def test_a_letter_is_found_with_everything_that_a_replay_needs(conn):
    put(conn, payload={"name": "José", "n": [1, None]})
    (letter,) = dead_letters.find(conn)
    assert (letter.provider, letter.kind, letter.key, letter.reason) == ("hubspot", "lead", "k1", "property_refused")
    assert (letter.payload, letter.attempts, letter.state) == ({"name": "José", "n": [1, None]}, 1, "open")
    assert letter.created_at.utcoffset().total_seconds() == 0


def test_the_same_work_given_up_again_is_the_same_letter(conn, dsn):
    def give_up(n: int) -> int:
        with db.connect(dsn) as own:
            return put(own, payload={"n": n})

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(give_up, range(30)))) == 1
    (letter,) = dead_letters.find(conn)
    assert letter.attempts == 30


def test_work_that_fails_after_its_replay_is_a_new_letter(conn):
    first = put(conn)
    assert dead_letters.mark_replayed(conn, first)
    assert not dead_letters.mark_replayed(conn, first)
    assert put(conn) != first
    assert len(dead_letters.find(conn, Wanted(states=("open", "replayed")))) == 2


def test_a_replay_that_fails_keeps_the_letter_with_its_new_reason(conn):
    letter_id = put(conn)
    assert dead_letters.mark_failed(conn, letter_id, reason="unavailable", error="503", execution_id="e2")
    (letter,) = dead_letters.find(conn)
    assert (letter.reason, letter.execution_id, letter.attempts, letter.state) == ("unavailable", "e2", 2, "open")
    assert dead_letters.drop(conn, letter_id)
    assert not dead_letters.mark_failed(conn, letter_id, reason="x", error="x", execution_id=None)


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (Wanted(), ["a", "b", "c"]),
        (Wanted(provider="slack"), ["b"]),
        (Wanted(kind="card"), ["b"]),
        (Wanted(reason="other"), ["c"]),
        (Wanted(min_age_s=3600), ["a"]),
        (Wanted(most=2), ["a", "b"]),
        (Wanted(states=("dropped",)), []),
    ],
    ids=str,
)
def test_letters_are_chosen_by_what_they_are(conn, wanted, keys):
    put(conn, "a")
    put(conn, "b", provider="slack", kind="card")
    put(conn, "c", reason="other")
    db.execute(conn, "update ops.dead_letters set created_at = created_at - interval '2 hours' where key = 'a'")
    assert [letter.key for letter in dead_letters.find(conn, wanted)] == keys


def test_the_letters_of_a_person_are_erased_in_any_state(conn):
    put(conn, "mine")
    dead_letters.mark_replayed(conn, put(conn, "mine too"))
    put(conn, "other")
    assert dead_letters.erase(conn, "lead", ["mine", "mine too", "nobody's"]) == 2
    everything = dead_letters.find(conn, Wanted(states=("open", "replayed", "dropped")))
    assert [(letter.state, letter.payload is None, letter.error) for letter in everything] == [
        ("dropped", True, ""),
        ("replayed", True, ""),
        ("open", False, "no"),
    ]
    assert "mine" not in str(everything)


def test_an_error_is_redacted_and_a_listing_shows_no_payload(conn):
    put(conn, error="Bearer abcdefghijklmnopqrstuvwxyz0123456789 of ana@example.com")
    (letter,) = dead_letters.find(conn)
    assert "ana@example.com" not in letter.error
    assert "payload" not in dead_letters.as_json(letter)
    assert dead_letters.as_json(letter, payload=True)["payload"] == {"email": "ana@example.com"}
