"""WhatsApp messages: what is accepted, what is refused, and the status events that follow."""

from __future__ import annotations

import json

import pytest

from local.providers import sender

TEXT = {
    "messaging_product": "whatsapp",
    "to": "34600111222",
    "type": "text",
    "text": {"body": "Recibido: José, 24,17 €"},
}


def send(graph, **changes):
    body = {key: value for key, value in {**TEXT, **changes}.items() if value is not None}
    return graph.post(graph.url(f"{graph.phone}/messages"), json=body)


def test_a_text_is_accepted_with_a_message_id_and_kept(control, graph):
    answer = send(graph, context={"message_id": "wamid.abc"}, biz_opaque_callback_data="exec-1").json()
    assert answer["messages"][0]["id"].startswith("wamid.")
    assert answer["contacts"] == [{"input": "34600111222", "wa_id": "34600111222"}]
    [kept] = control.outbox("34600111222")
    assert (kept["message"]["text"]["body"], kept["callback"]) == (TEXT["text"]["body"], "exec-1")


def test_a_user_without_a_phone_number_is_reached_by_recipient(control, graph):
    assert send(graph, to=None, recipient="ES.1410018717833190").status_code == 200
    assert [item["user"] for item in control.outbox()] == ["ES.1410018717833190"]
    assert send(graph, to="ES.1410018717833190").json()["error"]["code"] == 131009


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"messaging_product": None}, 100),
        ({"to": None}, 100),
        ({"text": {"body": "x" * 4097}}, 100),
        ({"text": {}}, 131008),
        ({"type": "poll", "poll": {}}, 131051),
        ({"type": "template", "template": {"name": "aviso"}}, 131008),
        ({"type": "image", "image": {"id": "404"}}, 131009),
        ({"biz_opaque_callback_data": "x" * 513}, 100),
    ],
)
def test_a_bad_message_is_refused_in_metas_shape(control, graph, changes, code):
    answer = send(graph, **changes)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["error_data"]["messaging_product"]) == (400, code, "whatsapp")
    assert error["fbtrace_id"]
    assert control.outbox() == []


def test_reading_and_typing_are_noted_on_the_users_message(control, graph, receiver):
    control.target(receiver.url, "secret")
    control.send({"kind": "text", "text": "hola", "id": "wamid.in1"})
    read = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.in1",
        "typing_indicator": {"type": "text"},
    }
    assert graph.post(graph.url(f"{graph.phone}/messages"), json=read).json() == {"success": True}
    [message] = control.state("whatsapp")["inbox"]
    assert (message["read"], message["typing"]) == (True, True)


def test_an_outgoing_message_cannot_be_marked_as_read(graph):
    own = send(graph).json()["messages"][0]["id"]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": own}
    error = graph.post(graph.url(f"{graph.phone}/messages"), json=read).json()["error"]
    assert error["message"] == "(#100) Invalid parameter"
    assert "is outgoing" in error["error_data"]["details"]


def test_status_events_are_signed_and_echo_the_callback(control, graph, receiver):
    control.target(receiver.url, "app secret")
    message_id = send(graph, biz_opaque_callback_data="exec/ñ-9").json()["messages"][0]["id"]
    control.settle()
    statuses = []
    for headers, raw in receiver.posts:
        assert headers[sender.SIGNATURE] == sender.sign(raw, "app secret")
        [event] = json.loads(raw)["entry"][0]["changes"][0]["value"]["statuses"]
        assert (event["id"], event["biz_opaque_callback_data"]) == (message_id, "exec/ñ-9")
        statuses.append(event["status"])
    assert statuses == ["sent", "delivered"]


def test_the_window_and_the_pair_limit_hold_when_they_are_switched_on(control, graph, receiver):
    control.configure(whatsapp={"enforce_window": True, "pair_seconds": 6})
    assert send(graph).json()["error"]["code"] == 131047
    control.target(receiver.url, "secret")
    control.send({"kind": "text", "text": "hola"})
    assert send(graph).status_code == 200
    assert send(graph).json()["error"]["code"] == 131056
    control.advance(6)
    assert send(graph).status_code == 200


def test_another_phone_number_id_is_unknown(graph):
    assert graph.post(graph.url("999/messages"), json=TEXT).json()["error"]["error_subcode"] == 33
