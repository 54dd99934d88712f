"""The webhook flow on the engine: what is accepted, what is refused, and that nothing is taken twice."""

import json
import uuid

import pytest
import requests
from flowkit import Receipts, wait_for

from kit import ids
from local.providers import sender

pytestmark = pytest.mark.engine


TRACES = (
    "select 1 from tickets.messages where message_id = %s",
    "select 1 from tickets.deliveries where message_id = %s",
    "select 1 from tickets.notices where notice_id = %s",
)


def nothing_of(receipts: Receipts, message_id: str) -> bool:
    return not any(receipts.row(query, message_id) for query in TRACES)


def refusals(receipts: Receipts, execution_id: str) -> list[tuple[float, str]]:
    """What the counter of refused posts got; Kestra stores metrics a moment after the execution."""
    metrics = receipts.get(f"metrics/{execution_id}").json()["results"]
    return [(metric["value"], metric["tags"]["code"]) for metric in metrics if metric["name"] == "webhooks_refused"]


@pytest.mark.parametrize(
    ("forgery", "code"),
    [
        ("secret", "signature_mismatch"),
        ("body", "signature_mismatch"),
        ("signature", "signature_mismatch"),
        ("missing", "signature_missing"),
        ("empty", "signature_missing"),
        ("sha1", "signature_algorithm"),
    ],
)
def test_a_forged_post_has_an_outcome_a_counter_and_no_other_effect(receipts: Receipts, forgery: str, code: str):
    message = receipts.message()
    (execution_id,) = receipts.send(message, forge=forgery)
    execution = receipts.execution(execution_id)
    assert execution["state"]["current"] == "SUCCESS"
    assert receipts.outputs(execution_id) == {"outcome": code, "started": []}
    assert wait_for(lambda: refusals(receipts, execution_id), "the counter") == [(1.0, code)]
    assert nothing_of(receipts, message["id"])


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"object":"page","entry":[]}', b'{"object":1}'])
def test_a_signed_post_that_is_not_whatsapps_is_refused(receipts: Receipts, raw: bytes):
    headers = sender.headers(raw, receipts.stack.credentials.whatsapp_app_secret)
    answer = requests.post(receipts.stack.webhook_url, data=raw, headers=headers, timeout=20)
    assert answer.status_code == 200
    assert receipts.outputs(answer.json()["id"])["outcome"] in {"malformed_json", "malformed_body"}


def test_an_empty_post_is_refused(receipts: Receipts):
    answer = requests.post(receipts.stack.webhook_url, timeout=20)
    assert receipts.outputs(answer.json()["id"])["outcome"] == "signature_missing"


def test_a_status_event_is_recorded_once_and_starts_nothing(receipts: Receipts):
    event = sender.status(f"wamid.{uuid.uuid4().hex}", "delivered", "34600111222", callback="answer:T-0000000000")
    for _ in range(2):
        (execution_id,) = receipts.send(statuses=[event])
        assert receipts.outputs(execution_id) == {"outcome": "ok", "started": []}
    found = receipts.rows("select status, callback from tickets.statuses where message_id = %s", event["id"])
    assert found == [{"status": "delivered", "callback": "answer:T-0000000000"}]


@pytest.mark.parametrize("kind", ["text", "unsupported", "too_large"])
def test_other_messages_are_noted(receipts: Receipts, kind: str):
    message_id = f"wamid.{uuid.uuid4().hex}"
    (execution_id,) = receipts.send({"kind": kind, "id": message_id, "text": "hola"})
    assert receipts.outputs(execution_id) == {"outcome": "ok", "started": []}
    assert receipts.row("select 1 from tickets.notices where notice_id = %s", message_id)


def test_replaying_an_old_valid_post_starts_nothing(receipts: Receipts, too_small: bytes):
    message = receipts.message(too_small, mime="image/png")
    (first,) = receipts.send(message)
    assert receipts.outputs(first)["started"] == [ids.ticket_id(message["id"])]
    (again,) = receipts.send(message)
    assert receipts.outputs(again)["started"] == []
    deliveries = receipts.rows("select duplicate from tickets.deliveries where message_id = %s", message["id"])
    assert sorted(row["duplicate"] for row in deliveries) == [False, True]


def test_two_messages_with_the_same_picture_are_two_tickets(receipts: Receipts, too_small: bytes):
    first = receipts.message(too_small, mime="image/png")
    second = {**first, "id": f"wamid.{uuid.uuid4().hex}"}
    started = [receipts.outputs(execution)["started"] for execution in receipts.send(first, second)]
    assert started == [[ids.ticket_id(first["id"])], [ids.ticket_id(second["id"])]]


def test_the_old_secret_is_good_while_it_is_being_rotated(receipts: Receipts):
    """The previous secret is blank on this stack: a signature with a blank key must not pass."""
    raw = json.dumps({"object": "whatsapp_business_account", "entry": []}).encode()
    answer = requests.post(receipts.stack.webhook_url, data=raw, headers=sender.headers(raw, ""), timeout=20)
    assert receipts.outputs(answer.json()["id"])["outcome"] == "signature_mismatch"


def test_a_wrong_key_or_path_reaches_nothing(receipts: Receipts):
    url = receipts.stack.webhook_url
    for wrong in (url[:-1], f"{url}/more", url.replace("to_sheet_doc", "process")):
        assert requests.post(wrong, data=b"{}", timeout=20).status_code == 404


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_same_message_100_times_in_parallel_is_one_ticket(receipts: Receipts):
    message = receipts.message()
    executions = receipts.send(message, duplicate=100, concurrency=20)
    assert len(set(executions)) == 100
    ticket = receipts.ticket(message, within_s=300)
    assert ticket["verdict"] == "accept"
    counted = "select count(*) filter (where duplicate) as again, count(*) as all from tickets.deliveries "
    wait_for(
        lambda: receipts.row(f"{counted} where message_id = %s", message["id"]) == {"again": 99, "all": 100},
        "100 deliveries to be recorded",
        within_s=240,
    )
    assert len(receipts.sheet_rows(message)) == 1
    assert len(receipts.cards(message)) == 1
    assert len(receipts.answers(message)) == 1
    documents = "select 1 from tickets.tickets where ticket_id = %s and document_uri is not null"
    assert len(receipts.rows(documents, ids.ticket_id(message["id"]))) == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_one_poison_message_in_a_batch_hinders_no_other(receipts: Receipts, too_small: bytes):
    """A batch of 16: each receipt is processed to its end. What 50 are taken for, test_webhook.py says."""
    batch = [receipts.message(too_small, mime="image/png") for _ in range(16)]
    poison = {"id": f"wamid.{uuid.uuid4().hex}", "type": "image", "timestamp": "never", "from": "34600111222"}
    good, batch[7] = batch[:7] + batch[8:], {"kind": "raw", "content": poison}
    (execution_id,) = receipts.send(*batch, batch=True)
    assert len(receipts.outputs(execution_id)["started"]) == 15
    assert receipts.row("select kind from tickets.notices where notice_id = %s", poison["id"]) == {"kind": "poison"}
    ends = [receipts.ticket(message, within_s=600)["verdict"] for message in good]
    assert ends == ["reject"] * 15
    assert all(len(receipts.answers(message)) == 1 for message in good)
