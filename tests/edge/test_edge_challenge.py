"""Meta's challenge: who knows the token gets the bare challenge, whoever does not gets nothing."""

import pytest
from edgekit import CHALLENGE, HOOK, TOKEN, ask, entry, stranger


def test_the_right_token_gets_the_bare_challenge(edge):
    answer = ask(edge, CHALLENGE, source=stranger())
    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"
    logged = entry(edge, answer.request_id)
    assert (logged["path"], logged["reason"], logged["status"]) == (HOOK, "challenge", 200)


def test_a_token_that_is_percent_encoded_is_the_same_token(edge):
    encoded = "".join(f"%{byte:02x}" for byte in TOKEN.encode())
    assert ask(edge, CHALLENGE.replace(TOKEN, encoded), source=stranger()).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "",
        "hub.mode=subscribe",
        f"hub.mode=subscribe&hub.verify_token={TOKEN}",
        f"hub.mode=subscribe&hub.challenge=&hub.verify_token={TOKEN}",
        f"hub.challenge=1&hub.verify_token={TOKEN}",
        f"hub.mode=unsubscribe&hub.challenge=1&hub.verify_token={TOKEN}",
        f"HUB.MODE=subscribe&hub.challenge=1&hub.verify_token={TOKEN}",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
        f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN[:-1]}",
        f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN}x",
        f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN}%00",
        f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN.swapcase()}",
        f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN}&hub.verify_token={TOKEN}",
        f"hub.mode=subscribe&hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN}",
        f"hub.mode=subscribe&hub.challenge=1&hub.challenge=2&hub.verify_token={TOKEN}",
        f"hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token={TOKEN}",
        f"hub.mode=subscribe&hub.challenge=1%0d%0aSet-Cookie:+a&hub.verify_token={TOKEN}",
        f"hub.mode=subscribe&hub.challenge={'1' * 129}&hub.verify_token={TOKEN}",
    ],
)
def test_anything_else_is_refused_without_a_word(edge, query):
    answer = ask(edge, f"{HOOK}?{query}", source=stranger())
    assert (answer.status, answer.body) == (403, b"")


def test_guessing_the_token_is_slowed_down(start_edge):
    edge = start_edge()
    found = [ask(edge, f"{HOOK}?hub.mode=subscribe&hub.challenge=1&hub.verify_token={n}").status for n in range(15)]
    assert found == [403] * 11 + [429] * 4
    assert ask(edge, CHALLENGE, source=stranger()).status == 200
