"""WhatsApp media, as a client of the Cloud API meets it."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import requests

PICTURE = bytes(range(256)) * 40


def test_the_hash_is_hex_in_the_lookup_and_base64_for_webhooks(control, graph):
    added = control.add_media(PICTURE, "image/png")
    found = graph.get(graph.url(added["id"])).json()
    assert found["sha256"] == hashlib.sha256(PICTURE).hexdigest()
    assert added["sha256_base64"] == base64.b64encode(hashlib.sha256(PICTURE).digest()).decode()
    assert (found["file_size"], found["mime_type"], found["messaging_product"]) == (
        len(PICTURE),
        "image/png",
        "whatsapp",
    )


def test_answers_escape_slashes_as_meta_does(control, graph):
    raw = graph.get(graph.url(control.add_media(PICTURE)["id"])).content
    assert rb'"mime_type":"image\/jpeg"' in raw
    assert rb"http:\/\/127.0.0.1" in raw


def test_the_url_is_on_the_sandbox_and_gives_the_bytes_to_the_bearer_only(control, graph, sandbox):
    url = graph.get(graph.url(control.add_media(PICTURE)["id"])).json()["url"]
    assert url.startswith(sandbox.base_url)
    answer = graph.get(url)
    assert answer.content == PICTURE
    assert answer.headers["content-disposition"] == "inline;filename=whatsapp.jpg"
    assert requests.get(url, timeout=30).status_code == 401


def test_the_url_expires_after_five_minutes_and_a_new_lookup_gives_a_new_one(control, graph):
    media_id = control.add_media(PICTURE)["id"]
    url = graph.get(graph.url(media_id)).json()["url"]
    control.advance(299)
    assert graph.get(url).status_code == 200
    control.advance(2)
    assert graph.get(url).status_code == 404
    assert graph.get(graph.get(graph.url(media_id)).json()["url"]).content == PICTURE


def test_an_expiry_that_was_tampered_with_is_not_honoured(control, graph):
    url = graph.get(graph.url(control.add_media(PICTURE)["id"])).json()["url"]
    expiry = parse_qs(urlsplit(url).query)["ext"][0]
    assert graph.get(url.replace(expiry, str(int(expiry) + 1))).status_code == 404


def test_an_unknown_id_is_a_400_with_subcode_33(graph):
    answer = graph.get(graph.url("123_123"))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)
    assert "Object with ID '123_123' does not exist" in error["message"]


def test_a_wrong_token_is_a_401_with_code_190(control, graph):
    answer = requests.get(
        graph.url(control.add_media(PICTURE)["id"]), headers={"Authorization": "Bearer no"}, timeout=5
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


def test_media_that_the_user_deleted_is_gone(control, graph):
    media_id = control.add_media(PICTURE)["id"]
    assert graph.delete(graph.url(media_id)).json() == {"success": True}
    assert graph.get(graph.url(media_id)).status_code == 400


def test_media_behaviours_spoil_one_lookup_or_download(control, graph):
    media_id = control.add_media(PICTURE)["id"]
    control.fault("whatsapp", "media.get", "too_large", calls=1)
    assert graph.get(graph.url(media_id)).json()["file_size"] > 100_000_000
    control.fault("whatsapp", "media.download", "wrong_hash", calls=1)
    url = graph.get(graph.url(media_id)).json()["url"]
    assert hashlib.sha256(graph.get(url).content).digest() != hashlib.sha256(PICTURE).digest()
    control.fault("whatsapp", "media.download", "expired", calls=1)
    assert [graph.get(url).status_code, graph.get(url).status_code] == [404, 200]


def test_an_upload_can_be_sent_and_a_file_of_no_type_is_refused(graph):
    files = {"file": ("factura.pdf", b"%PDF-1.7", "application/pdf")}
    form = {"messaging_product": "whatsapp", "type": "application/pdf"}
    media_id = graph.post(graph.url(f"{graph.phone}/media"), data=form, files=files).json()["id"]
    body = {"messaging_product": "whatsapp", "to": "34600111222", "type": "document", "document": {"id": media_id}}
    assert graph.post(graph.url(f"{graph.phone}/messages"), json=body).status_code == 200
    nameless = graph.post(
        graph.url(f"{graph.phone}/media"), data={"messaging_product": "whatsapp"}, files={"file": ("x", b"x", "")}
    )
    assert (nameless.status_code, nameless.json()["error"]["code"]) == (400, 100)


def test_a_dead_version_is_upgraded_and_says_so(control, graph):
    media_id = control.add_media(PICTURE)["id"]
    answer = graph.get(graph.url(media_id).replace("v26.0", "v19.0"))
    assert answer.headers["facebook-api-version"] == "v26.0"
    assert "auto-upgraded to v26.0 as v19.0" in answer.headers["x-ad-api-version-warning"]
