"""A webhook body read item by item: what Meta adds is let through, what is odd is kept and spoils nothing."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import RefusedInputError
from tickets import webhook

PHONE_ID = "1088451004357858"
IMAGE: dict[str, Any] = {
    "from": "34600111222",
    "from_user_id": "ES.1410018717833190",
    "id": "wamid.A",
    "timestamp": "1779372805",
    "type": "image",
    "image": {"caption": "gasolina", "mime_type": "image/jpeg", "sha256": "Y9vv", "id": "176401", "url": "https://x"},
}
CONTACT = {"profile": {"name": "José", "username": "jose"}, "wa_id": "34600111222", "user_id": "ES.1410018717833190"}
STATUS = {
    "id": "wamid.Z",
    "status": "delivered",
    "timestamp": "1698266945",
    "recipient_id": "34600111222",
    "biz_opaque_callback_data": "answer:T-1",
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def body(**value: Any) -> bytes:
    whole = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": PHONE_ID}, "contacts": [CONTACT], **value}
    change = {"field": "messages", "value": whole}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()


def without(message: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name not in names}


def test_an_image_keeps_its_sender_caption_media_and_moment():
    (message,) = webhook.parse(body(messages=[IMAGE])).messages
    assert message.message_id == "wamid.A"
    assert message.sender_id == "ES.1410018717833190"
    assert (message.sender_phone, message.sender_name) == ("34600111222", "José")
    assert message.phone_number_id == PHONE_ID
    assert message.caption == "gasolina"
    assert message.media["id"] == "176401"
    assert message.sent_at.isoformat() == "2026-05-21T14:13:25+00:00"


def test_fields_that_meta_adds_are_let_through():
    novel = copy.deepcopy(IMAGE) | {"novel": {"deep": [1]}}
    novel["image"]["novel"] = True
    assert len(webhook.parse(body(messages=[novel], novel=[])).messages) == 1


def test_a_user_without_a_phone_number_is_known_by_the_business_scoped_id():
    contact = without(CONTACT, "wa_id")
    (message,) = webhook.parse(body(messages=[without(IMAGE, "from")], contacts=[contact])).messages
    assert (message.sender_id, message.sender_phone, message.sender_name) == ("ES.1410018717833190", None, "José")


def test_a_sender_that_is_nowhere_named_is_poison_not_a_crash():
    parsed = webhook.parse(body(messages=[without(IMAGE, "from", "from_user_id")], contacts=[]))
    assert [notice.kind for notice in parsed.notices] == ["poison"]


def test_a_picture_or_a_pdf_sent_as_a_document_is_taken_and_others_are_noted():
    picture = without(IMAGE, "image") | {"type": "document", "document": {"mime_type": "image/png", "id": "1"}}
    pdf = without(IMAGE, "image") | {"type": "document", "document": {"mime_type": "application/pdf", "id": "2"}}
    sheet = without(IMAGE, "image") | {"type": "document", "document": {"mime_type": "text/csv", "id": "3"}}
    parsed = webhook.parse(body(messages=[picture, pdf, sheet]))
    assert [message.media["id"] for message in parsed.messages] == ["1", "2"]
    assert [notice.kind for notice in parsed.notices] == ["document"]


@pytest.mark.parametrize("kind", ["text", "audio", "sticker", "unsupported", "from_the_future"])
def test_other_types_are_noted(kind: str):
    parsed = webhook.parse(body(messages=[without(IMAGE, "image") | {"type": kind}]))
    assert [notice.kind for notice in parsed.notices] == [kind]
    assert parsed.messages == []


def test_an_unsupported_message_keeps_its_error_code():
    item = {"id": "wamid.U", "from": "34", "timestamp": "1", "type": "unsupported", "errors": [{"code": 131051}]}
    (notice,) = webhook.parse(body(messages=[item])).notices
    assert (notice.kind, notice.code, notice.notice_id) == ("unsupported", "131051", "wamid.U")


def test_a_status_event_carries_our_key():
    (status,) = webhook.parse(body(statuses=[STATUS])).statuses
    assert (status.status, status.callback) == ("delivered", "answer:T-1")


def test_an_error_without_a_message_is_noted():
    (notice,) = webhook.parse(body(errors=[{"code": 130429, "title": "Rate limit hit"}])).notices
    assert (notice.kind, notice.code) == ("provider_error", "130429")


def test_one_poison_message_in_a_batch_of_50_spoils_no_other():
    batch = [IMAGE | {"id": f"wamid.{n}"} for n in range(50)]
    batch[17] = batch[17] | {"timestamp": "yesterday"}
    parsed = webhook.parse(body(messages=batch))
    assert len(parsed.messages) == 49
    assert [(notice.kind, notice.notice_id) for notice in parsed.notices] == [("poison", "wamid.17")]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
        (b"[]", "malformed_body"),
        (b'{"object": "page"}', "malformed_body"),
        (b" " * (webhook.MAX_BODY_BYTES + 1), "body_too_large"),
    ],
)
def test_a_body_that_is_not_whatsapps_is_refused_with_a_code(raw: bytes, code: str):
    with pytest.raises(RefusedInputError) as refused:
        webhook.parse(raw)
    assert refused.value.code == code


def test_text_that_postgres_cannot_store_is_cleaned():
    odd = copy.deepcopy(IMAGE)
    odd["image"]["caption"] = "a\x00b\ud800c"
    (message,) = webhook.parse(body(messages=[odd])).messages
    assert message.caption == "ab?c"


@given(st.lists(st.one_of(json_values, st.just(IMAGE)), max_size=5), st.lists(json_values, max_size=3))
def test_no_item_is_lost_whatever_its_form(messages: list[Any], statuses: list[Any]):
    parsed = webhook.parse(body(messages=messages, statuses=statuses))
    assert len(parsed.messages) + len(parsed.statuses) + len(parsed.notices) == len(messages) + len(statuses)


TEXT = {"from": "34600111222", "id": "wamid.T", "timestamp": "1779372805", "type": "text", "text": {"body": "sí"}}


def test_a_text_is_noted_and_may_be_a_reply():
    parsed = webhook.parse(body(messages=[TEXT | {"context": {"from": "34910000000", "id": "wamid.OURS"}}]))
    [reply], [notice] = parsed.replies, parsed.notices
    assert (reply.text, reply.quoted, reply.sender_phone) == ("sí", "wamid.OURS", "34600111222")
    assert (notice.kind, notice.notice_id) == ("text", "wamid.T")


@pytest.mark.parametrize("odd", [{"text": None}, {"text": {"body": 5}}, {"id": 7}, {"context": "wamid.OURS"}])
def test_an_odd_text_is_only_noted(odd: dict[str, Any]):
    parsed = webhook.parse(body(messages=[TEXT | odd]))
    assert parsed.replies == []
    assert len(parsed.notices) == 1


def test_a_text_that_quotes_nothing_readable_is_a_reply_all_the_same():
    [reply] = webhook.parse(body(messages=[TEXT | {"context": {"id": 5}}])).replies
    assert reply.quoted is None
