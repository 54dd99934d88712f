"""The flow dlq_replay on the real engine: it lists what it would replay, and closes nothing that it cannot replay."""

from typing import Any

import pytest
from flowkit import Receipts, start

from kit import db, dead_letters
from kit.dead_letters import Wanted


@pytest.fixture
def letter(receipts: Receipts) -> int:
    parts: dict[str, Any] = {"kind": "unheard_of", "key": "k1", "reason": "refused", "error": "", "execution_id": None}
    with db.connect(receipts.stack.postgres.dsn) as conn:
        return dead_letters.put(conn, provider="acme", payload={"email": "ana@example.com"}, **parts)


def test_letters_are_listed_and_those_that_nobody_replays_stay_open(receipts: Receipts, letter: int):
    execution_id = start(receipts.stack, "platform.dlq_replay", provider="acme", dry_run="false")
    outputs = receipts.outputs(execution_id)
    assert (outputs["outcome"], outputs["counts"]) == ("ok", {"no_replayer": 1})
    assert [(line["id"], line["key"], line["fate"]) for line in outputs["letters"]] == [(letter, "k1", "no_replayer")]
    assert "ana@example.com" not in str(receipts.get(f"executions/{execution_id}").json())
    with db.connect(receipts.stack.postgres.dsn) as conn:
        [found] = dead_letters.find(conn, Wanted(provider="acme"))
        dead_letters.drop(conn, found.id)
    assert (found.id, found.attempts) == (letter, 1)
