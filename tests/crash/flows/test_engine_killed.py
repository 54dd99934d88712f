"""kill -9 of the engine in the middle of each step: every accepted message ends in exactly one row."""

import pytest
from flowkit import Receipts, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]

# Where the engine dies: a call that a step is in the middle of, held by the provider while the engine is killed.
STEPS = {
    "fetching the picture": ("whatsapp", "media.download", {}),
    "writing the sheet row": ("google", "values.append", {}),
    "writing the sheet row, applied": ("google", "values.append", {"after_apply": True}),
    "answering the sender": ("whatsapp", "messages", {"contains": "biz_opaque"}),
    "posting the card": ("slack", "*", {}),
}

# What a slow machine does not mend by its retries, the next sweep does: a minute's wait, then up to five.
SWEPT_S = 420


def ends_once(receipts: Receipts, message: dict, *verdicts: str) -> str:
    ticket = receipts.ticket(message, within_s=SWEPT_S)
    assert ticket["verdict"] in (verdicts or ("accept",))
    assert len(receipts.sheet_rows(message)) == 1
    assert ticket["document_uri"]
    assert len(receipts.answers(message)) <= 1
    assert len(receipts.cards(message)) <= 1
    return str(ticket["verdict"])


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_in_the_middle_of_a_step_loses_and_doubles_nothing(receipts: Receipts, step: str):
    provider, route, more = STEPS[step]
    kind = "timeout_after_apply" if more.pop("after_apply", False) else "delay"
    receipts.providers.fault(provider, route, kind, seconds=20, calls=1, **more)
    message = receipts.message()
    receipts.send(message)
    wait_for(receipts.struck, f"the engine to be {step}")
    receipts.stack.engine.kill()
    receipts.stack.restart_engine()
    ends_once(receipts, message)


def test_a_kill_while_the_picture_is_read_loses_nothing(receipts: Receipts):
    message = receipts.message()
    receipts.send(message)
    wait_for(lambda: state_of(receipts, message) == "processing", "the ticket to be in work")
    receipts.stack.engine.kill()
    receipts.stack.restart_engine()
    ends_once(receipts, message)


def test_a_kill_right_after_the_acknowledgement_loses_nothing(receipts: Receipts):
    messages = [receipts.message() for _ in range(3)]
    receipts.send(*messages, concurrency=3)
    receipts.stack.engine.kill()
    receipts.stack.restart_engine()
    verdicts = [ends_once(receipts, message, "accept", "review") for message in messages]
    # They show one receipt: whichever was recorded first is accepted, the others are its duplicates.
    assert sorted(verdicts) == ["accept", "review", "review"]


def test_postgres_killed_in_the_middle_is_waited_for(receipts: Receipts):
    message = receipts.message()
    receipts.send(message)
    wait_for(lambda: state_of(receipts, message) == "processing", "the ticket to be in work")
    receipts.stack.postgres.kill()
    receipts.stack.restart_postgres()
    ends_once(receipts, message)


def state_of(receipts: Receipts, message: dict) -> str | None:
    found = receipts.row("select state from tickets.messages where message_id = %s", message["id"])
    return found["state"] if found else None
