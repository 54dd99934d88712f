"""WhatsApp: media that expire, lie or are too large, sends that must not double, codes that decide."""

import json
import time
from dataclasses import replace

import pytest

from adapters import whatsapp
from adapters.whatsapp.media import MediaInfo
from kit import errors
from tests.background import serve

NUMBER = "1088451004357858"


@pytest.fixture
def client(env, secret, quick):
    return whatsapp.Client(env, secret["WHATSAPP_TOKEN"], policy=quick)


@pytest.fixture
def hasty(env, secret, quick):
    """The six seconds of the pair limit do not fit into this one's policy."""
    return whatsapp.Client(env, secret["WHATSAPP_TOKEN"], policy=replace(quick, total_s=4))


@pytest.fixture
def media(sandbox, picture):
    return sandbox.add_media(picture)


@pytest.fixture
def routes(sandbox):
    return lambda: [call["route"] for call in sandbox.calls("whatsapp")]


def send(client, **more):
    return client.send_text(NUMBER, **({"body": "Recibido", "to": "34600111222"} | more))


# Media


def test_media_by_id_have_their_hash_in_hex_and_are_checked(client, media, picture):
    info = client.media(media["id"])
    assert info.sha256_hex == media["sha256"]
    assert info.size == len(picture)
    assert client.download(info, 1_000_000) == picture


def test_fetch_takes_the_webhooks_base64_hash_and_saves_a_call_with_its_url(client, media, picture, routes):
    url = client.media(media["id"]).url
    before = len(routes())
    assert client.fetch(media["id"], sha256=media["sha256_base64"], url=url, max_bytes=1_000_000) == picture
    assert routes()[before:] == ["media.download"]


def test_fetch_without_url_asks_for_it(client, media, picture, routes):
    assert client.fetch(media["id"], max_bytes=1_000_000) == picture
    assert routes() == ["media.get", "media.download"]


def test_a_url_known_to_be_expired_is_not_tried(client, media, picture, routes):
    dead = f"{client.media(media['id']).url.partition('ext=')[0]}ext={int(time.time()) - 1}"
    before = len(routes())
    assert client.fetch(media["id"], url=dead, max_bytes=1_000_000) == picture
    assert routes()[before:] == ["media.get", "media.download"]


def test_a_url_that_dies_is_asked_for_again_once(client, media, picture, sandbox, routes):
    info = client.media(media["id"])
    sandbox.fault("whatsapp", "media.download", "expired", calls=1)
    before = len(routes())
    assert client.download(info, 1_000_000) == picture
    assert routes()[before:] == ["media.download", "media.get", "media.download"]


def test_a_picture_that_stays_gone_is_not_found(client, media, sandbox, routes):
    info = client.media(media["id"])
    sandbox.fault("whatsapp", "media.download", "expired")
    before = len(routes())
    with pytest.raises(errors.NotFoundError) as raised:
        client.download(info, 1_000_000)
    assert raised.value.code == "whatsapp_not_found"
    assert routes()[before:] == ["media.download", "media.get", "media.download"]


def test_asking_again_stays_within_the_total_time(env, secret, media, sandbox, quick):
    client = whatsapp.Client(env, secret["WHATSAPP_TOKEN"], policy=replace(quick, total_s=4.0, attempts=1))
    info = client.media(media["id"])
    sandbox.fault("whatsapp", "media.download", "delay", seconds=3, calls=1)
    sandbox.fault("whatsapp", "media.get", "delay", seconds=10)
    sandbox.advance(301)
    started = time.monotonic()
    with pytest.raises(errors.DeadlineError):
        client.download(info, 1_000_000)
    assert time.monotonic() - started < 6.9


def test_an_unknown_id_is_not_found(client):
    with pytest.raises(errors.NotFoundError) as raised:
        client.media("999")
    assert raised.value.code == "whatsapp_not_found"
    assert raised.value.request_id


@pytest.mark.parametrize("evil", ["../v26.0/me", "1?fields=access_token", "1/../2", "", "..", "a b", "1#", "ñ", "1\n"])
def test_an_id_that_could_change_the_path_is_refused(evil, client, routes):
    with pytest.raises(errors.InvalidRequestError):
        client.media(evil)
    assert routes() == []


def test_other_bytes_than_announced_are_refused(client, media, sandbox):
    info = client.media(media["id"])
    sandbox.fault("whatsapp", "media.download", "wrong_hash")
    with pytest.raises(errors.InvalidResponseError) as raised:
        client.download(info, 1_000_000)
    assert raised.value.code == "media_hash_mismatch"


def test_the_webhooks_hash_counts_also_when_graph_announces_another(client, media, sandbox):
    other = sandbox.add_media(b"\xff\xd8\xff other")
    with pytest.raises(errors.InvalidResponseError):
        client.fetch(media["id"], sha256=other["sha256_base64"], max_bytes=1_000_000)


def test_with_a_hash_of_no_known_form_only_graphs_word_counts(client, media, picture, routes):
    url = client.media(media["id"]).url
    before = len(routes())
    assert client.fetch(media["id"], sha256="not a hash", url=url, max_bytes=1_000_000) == picture
    assert routes()[before:] == ["media.get", "media.download"]


def test_a_file_announced_as_too_large_is_not_downloaded(client, media, picture, routes):
    info = client.media(media["id"])
    with pytest.raises(errors.RefusedInputError) as raised:
        client.download(info, len(picture) - 1)
    assert raised.value.code == "media_too_large"
    assert "media.download" not in routes()


def test_a_file_larger_than_announced_is_cut_off_while_it_streams(client, sandbox):
    large = sandbox.add_media(b"\xff\xd8\xff" + bytes(3_000_000))
    info = replace(client.media(large["id"]), size=10)
    with pytest.raises(errors.RefusedInputError) as raised:
        client.download(info, 500_000)
    assert raised.value.code == "media_too_large"


def test_an_answer_without_url_is_an_invalid_response(client, sandbox):
    sandbox.fault("whatsapp", "media.get", "status", status=200, body='{"id":"1"}')
    with pytest.raises(errors.InvalidResponseError):
        client.media("1")


@pytest.mark.parametrize("body", ["[]", "1", '"x"', "null"])
def test_json_that_is_no_object_is_an_invalid_response(body, client, sandbox):
    sandbox.fault("whatsapp", "media.get", "status", status=200, body=body)
    with pytest.raises(errors.InvalidResponseError):
        client.media("1")


# Sending


def test_a_text_goes_to_a_number_and_quotes_and_carries_our_key(client, sandbox):
    message_id = send(client, reply_to="wamid.question", callback="answer:T-1")
    [sent] = sandbox.outbox("34600111222")
    assert sent["id"] == message_id
    assert sent["callback"] == "answer:T-1"
    assert sent["message"]["context"] == {"message_id": "wamid.question"}
    assert sent["message"]["text"] == {"body": "Recibido", "preview_url": False}


def test_a_person_without_a_number_is_reached_by_the_user_id(client, sandbox):
    send(client, to=None, recipient="ES.1410018717833190")
    [sent] = sandbox.outbox()
    assert sent["message"]["recipient"] == "ES.1410018717833190"
    assert "to" not in sent["message"]


@pytest.mark.parametrize("who", [{"to": None}, {"recipient": "ES.1"}, {"to": ""}])
def test_exactly_one_recipient_is_needed(who, client, routes):
    with pytest.raises(errors.InvalidRequestError):
        send(client, **who)
    assert routes() == []


def test_a_long_text_is_cut_to_what_whatsapp_takes(client, sandbox):
    send(client, body="ñ" * 5000)
    [sent] = sandbox.outbox()
    body = sent["message"]["text"]["body"]
    assert len(body) == 4096
    assert body.endswith("…")


def test_a_send_without_an_answer_is_uncertain_and_sent_once(client, sandbox):
    sandbox.fault("whatsapp", "messages", "timeout_after_apply", seconds=1.5)
    with pytest.raises(errors.UncertainError):
        send(client, callback="answer:T-1")
    assert [sent["callback"] for sent in sandbox.outbox()] == ["answer:T-1"]


def test_reading_and_typing_is_shown_and_may_be_repeated(client, sandbox):
    sandbox.fault("whatsapp", "messages", "status", status=503, calls=1)
    client.mark_read(NUMBER, "wamid.in", typing=True)
    client.mark_read(NUMBER, "wamid.in", typing=False)
    bodies = [json.loads(call["request"]) for call in sandbox.calls("whatsapp", "messages")]
    assert bodies[0] == bodies[1] == bodies[2] | {"typing_indicator": {"type": "text"}}


@pytest.mark.parametrize(
    ("code", "kind", "ours", "calls"),
    [
        (190, errors.AuthenticationError, "whatsapp_token", 1),
        (10, errors.PermissionDeniedError, "whatsapp_permission", 1),
        (3, errors.PermissionDeniedError, "whatsapp_permission", 1),
        (100, errors.InvalidRequestError, "whatsapp_parameter", 1),
        (368, errors.PermissionDeniedError, "whatsapp_blocked", 1),
        (80007, errors.RateLimitedError, "whatsapp_rate_limited", 3),
        (130429, errors.RateLimitedError, "whatsapp_rate_limited", 3),
        (131026, errors.InvalidRequestError, "whatsapp_undeliverable", 1),
        (131047, errors.InvalidRequestError, "whatsapp_window_closed", 1),
        (131048, errors.QuotaExhaustedError, "whatsapp_send_limit", 1),
        (131053, errors.RefusedInputError, "whatsapp_media", 1),
        (131056, errors.RateLimitedError, "whatsapp_pair_limited", 1),
        (131016, errors.UncertainError, "uncertain", 1),
        (131000, errors.UncertainError, "uncertain", 1),
    ],
)
def test_the_code_decides_what_becomes_of_a_send(code, kind, ours, calls, hasty, sandbox):
    sandbox.fault("whatsapp", "messages", "error", code=str(code))
    with pytest.raises(errors.OpsflowsError) as raised:
        send(hasty)
    assert (type(raised.value), raised.value.code) == (kind, ours)
    assert raised.value.provider == "whatsapp"
    assert raised.value.next_action
    assert len(sandbox.calls("whatsapp", "messages")) == calls


def test_passing_trouble_is_transient_for_a_read(client, sandbox):
    sandbox.fault("whatsapp", "media.get", "error", code="131016")
    with pytest.raises(errors.UnavailableError):
        client.media("1")
    assert len(sandbox.calls("whatsapp", "media.get")) == 3


def test_an_answer_without_message_id_is_uncertain(client, sandbox):
    sandbox.fault("whatsapp", "messages", "status", status=200, body='{"messages":[]}')
    with pytest.raises(errors.UncertainError):
        send(client)


def test_no_token_in_errors(client, sandbox, secret):
    sandbox.fault("whatsapp", "media.get", "status", status=418, body=f"Bearer {secret['WHATSAPP_TOKEN']}")
    with pytest.raises(errors.InvalidRequestError) as raised:
        client.media("1")
    assert secret["WHATSAPP_TOKEN"] not in str(raised.value) + json.dumps(raised.value.details)


# Promise 21: no request, and no token, leaves the hosts that media may come from


@pytest.fixture
def connections(monkeypatch):
    """Every connection that is opened, as (host, port); the sandbox's own are left out."""
    import socket

    opened = []
    connect = socket.socket.connect

    def spy(sock, address):
        opened.append(address[:2])
        return connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", spy)
    return opened


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x",
        "http://localhost/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://0177.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://metadata.google.internal/x",
        "https://10.0.0.1/x",
        "https://172.16.0.1/x",
        "https://192.168.1.1/x",
        "https://100.64.0.1/x",
        "https://0.0.0.0/x",
        "https://[fe80::1]/x",
        "https://[fd00::1]/x",
        "https://evil.example/x",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://evilfbcdn.net/x",
        "https://fbcdn.net/x",
        "https://lookaside.fbsbx.com@evil.example/x",
        "https://user:pass@lookaside.fbsbx.com/x",
        "https://evil.example#@lookaside.fbsbx.com/x",
        "https://evil.example\\@lookaside.fbsbx.com/x",
        "https://lookaside.fbsbx.com:8443/x",
        "http://lookaside.fbsbx.com/x",
        "file:///etc/passwd",
        "ftp://lookaside.fbsbx.com/x",
        "gopher://127.0.0.1/x",
        "data:text/plain,x",
        "//evil.example/x",
        "https:///x",
        "https://lookaside.fbsbx.com\r\nHost: evil.example/x",
        " https://evil.example/x",
        "javascript:alert(1)",
    ],
)
def test_a_media_url_outside_the_allow_list_is_never_connected_to(url, client, media, sandbox, connections, env):
    hosts = {"whatsapp_media_hosts": ("lookaside.fbsbx.com", "*.fbcdn.net")}
    strict = whatsapp.Client(env.model_copy(update=hosts), "EAAcanary", policy=client._policy)
    seen = len(sandbox.calls())
    with pytest.raises(errors.OpsflowsError):
        strict.download(MediaInfo(media["id"], url), 1_000_000)
    assert connections == []
    assert len(sandbox.calls()) == seen


def test_a_redirect_out_of_the_allow_list_is_not_followed(client, media, connections, redirecting, env, sandbox):
    """The first host is allowed; where it points is not."""
    place, asked = redirecting(f"{sandbox.base_url}/_sandbox/health")
    allowed = env.model_copy(update={"whatsapp_media_hosts": (place,)})
    with pytest.raises(errors.UnsafeUrlError):
        whatsapp.Client(allowed, "EAAcanary", policy=client._policy).download(
            MediaInfo(media["id"], f"http://{place}/x"), 1_000_000
        )
    assert asked == ["Bearer EAAcanary"], "the token went to the allowed host, and no further"
    assert {port for _, port in connections} == {int(place.rpartition(":")[2])}


@pytest.fixture
def redirecting(monkeypatch, process):
    """A server on loopback that is allowed and answers every request with a redirect."""
    import http.server

    servers = []

    def start(target):
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.headers["Authorization"])
                self.send_response(302)
                self.send_header("Location", target)
                self.end_headers()

            def log_message(self, *_):
                return

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        serve(server)
        servers.append(server)
        place = f"127.0.0.1:{server.server_port}"
        monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", f"{place},{process.base_url.partition('//')[2]}")
        return place, asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
