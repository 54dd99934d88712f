"""The sender: Meta's bytes, Meta's signature, and all the ways in which webhooks arrive badly."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.providers import sender

SECRET = "0123456789abcdef0123456789abcdef"
JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def values(post):
    return [change["value"] for entry in json.loads(post[1])["entry"] for change in entry["changes"]]


def ids(receiver):
    return [message["id"] for post in receiver.posts for value in values(post) for message in value.get("messages", [])]


@pytest.fixture
def aimed(control, receiver):
    control.target(receiver.url, SECRET)
    return control


def test_bytes_are_escaped_as_php_does():
    raw = sender.encode(sender.build_payload([sender.text("José: 3 €/día 🧾", message_id="wamid.1", timestamp=1)]))
    assert rb'"body":"Jos\u00e9: 3 \u20ac\/d\u00eda \ud83e\uddfe"' in raw
    assert raw.isascii()
    assert b" " not in raw.replace(rb"Jos\u00e9: 3 \u20ac\/d\u00eda \ud83e\uddfe", b"").replace(
        rb"Jos\u00e9 \u00c1ngel N\u00fa\u00f1ez", b""
    )


def test_older_escapes_keep_the_meaning():
    payload = sender.build_payload([sender.text("<a@b> 100%")])
    raw = sender.encode(payload, older_escapes=True)
    assert rb"\u003Ca\u0040b> 100\u0025" in raw
    assert json.loads(raw) == payload


@given(JSON_TEXT, st.booleans())
def test_any_text_survives_the_encoding_and_the_signature_covers_the_bytes(text, older):
    raw = sender.encode({"text": text, text: [text]}, older_escapes=older)
    assert json.loads(raw) == {"text": text, text: [text]}
    assert sender.sign(raw, SECRET) == "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()


def test_a_reserialised_body_no_longer_matches_the_signature():
    raw = sender.encode(sender.build_payload([sender.text("José")]))
    again = json.dumps(json.loads(raw), separators=(",", ":"), ensure_ascii=False).encode()
    assert sender.sign(again, SECRET) != sender.sign(raw, SECRET)


@pytest.mark.parametrize("how", sender.FORGERIES)
def test_no_forgery_carries_a_valid_signature(how):
    raw, headers = sender.forge(sender.encode(sender.build_payload([sender.text("hola")])), SECRET, how)
    assert headers.get(sender.SIGNATURE) != sender.sign(raw, SECRET)


def test_a_picture_arrives_with_the_hash_in_base64(aimed, receiver):
    added = aimed.add_media(b"\xff\xd8 picture")
    aimed.send({"kind": "image", "media_id": added["id"], "caption": "café", "with_url": True})
    [(headers, raw)] = receiver.posts
    assert headers[sender.SIGNATURE] == sender.sign(raw, SECRET)
    [value] = values(receiver.posts[0])
    image = value["messages"][0]["image"]
    assert (image["sha256"], image["caption"]) == (added["sha256_base64"], "café")
    assert "source=webhook" in image["url"]
    assert value["contacts"][0]["wa_id"] == value["messages"][0]["from"]


def test_a_user_without_a_phone_number_has_only_the_scoped_id(aimed, receiver):
    aimed.send({"kind": "text", "text": "hola"}, omit=["wa_id"])
    [value] = values(receiver.posts[0])
    assert "from" not in value["messages"][0]
    assert "wa_id" not in value["contacts"][0]
    assert value["messages"][0]["from_user_id"] == value["contacts"][0]["user_id"] == "ES.1410018717833190"


@pytest.mark.parametrize(("spread", "shape"), [("value", (1, 1, 3)), ("changes", (1, 3, 3)), ("entries", (3, 3, 3))])
def test_a_batch_is_one_post_in_any_of_three_shapes(aimed, receiver, spread, shape):
    aimed.send(*[{"kind": "text", "text": str(index)} for index in range(3)], batch=True, spread=spread)
    [post] = receiver.posts
    entries = json.loads(post[1])["entry"]
    assert (len(entries), len(values(post)), len(ids(receiver))) == shape


def test_duplicates_are_the_same_bytes_and_a_shuffle_loses_none(aimed, receiver):
    drafts = [{"kind": "text", "text": str(index), "id": f"wamid.{index}", "timestamp": index} for index in range(6)]
    deliveries = aimed.send(*drafts, duplicate=3, reorder=True, seed=7, concurrency=4)
    assert len(deliveries) == len(receiver.posts) == 18
    assert len({raw for _, raw in receiver.posts}) == 6
    assert sorted(ids(receiver)) == sorted([f"wamid.{index}" for index in range(6)] * 3)
    assert ids(receiver) != [f"wamid.{index}" for index in range(6)] * 3


def test_unsupported_types_errors_and_foreign_statuses(aimed, receiver):
    status = {"id": "wamid.x", "status": "failed", "timestamp": "1", "recipient_id": "34600111222"}
    aimed.send({"kind": "unsupported"}, {"kind": "too_large"}, statuses=[status], errors=[{"code": 131000}])
    first, second, third = [values(post) for post in receiver.posts]
    assert (first[0]["messages"][0]["type"], first[0]["messages"][0]["errors"][0]["code"]) == ("unsupported", 131051)
    assert second[0]["messages"][0]["errors"][0]["code"] == 131052
    assert (third[0]["statuses"], third[1]["errors"]) == ([status], [{"code": 131000}])


def test_a_target_that_fails_is_asked_again_with_the_same_bytes(aimed, receiver):
    receiver.statuses = [500, 503]
    [delivery] = aimed.send({"kind": "text", "text": "hola"})
    assert (delivery["status"], delivery["attempts"]) == (200, 3)
    assert len({raw for _, raw in receiver.posts}) == 1


def test_a_forger_does_not_retry_and_leaves_no_message_in_the_chat(aimed, receiver):
    receiver.statuses = [401]
    [delivery] = aimed.send({"kind": "text", "text": "hola"}, forge="signature")
    assert (delivery["status"], delivery["attempts"], delivery["kind"]) == (401, 1, "forged")
    assert aimed.state("whatsapp")["inbox"] == []


def test_the_handshake_of_a_saved_callback_url(receiver):
    assert sender.handshake(receiver.url, "token")
    assert not sender.handshake(receiver.url, "another")


def test_a_target_that_nobody_listens_on_is_reported_as_status_0(control):
    [delivery] = control.send({"kind": "text", "text": "x"}, url="http://127.0.0.1:9/", app_secret="s", attempts=1)
    assert delivery["status"] == 0
