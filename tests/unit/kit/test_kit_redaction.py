"""Secrets and personal data do not get into logs, in whatever form they arrive."""

from __future__ import annotations

import base64
import io
import json
import time
from contextlib import redirect_stderr, redirect_stdout
from urllib.parse import quote

import pytest

from kit import db, http, logging, redaction, secrets
from kit.errors import OpsflowsError
from tests.kit_support import cut_off, reply, reset

CANARY = 'Canary/"Ñ+secret=42&x'
SERVICE_ACCOUNT = json.dumps(
    {
        "client_email": "robot@project.iam.gserviceaccount.com",
        "private_key": "-----BEGIN PRIVATE KEY-----\nMIICANARYKEY\n-----END PRIVATE KEY-----\n",
        "private_key_id": "canary0123456789",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
)


@pytest.fixture(autouse=True)
def canary(monkeypatch):
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", SERVICE_ACCOUNT)
    assert secrets.get("CANARY") == CANARY
    secrets.get("GOOGLE_SERVICE_ACCOUNT")


def logged(write) -> str:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        write(logging.get("test"))
    return out.getvalue() + err.getvalue()


@pytest.mark.parametrize(
    "written",
    [
        CANARY,
        json.dumps(CANARY),
        json.dumps(CANARY, ensure_ascii=False),
        quote(CANARY),
        quote(CANARY, safe=""),
        base64.b64encode(CANARY.encode()).decode(),
        f"prefix{CANARY}suffix",
        SERVICE_ACCOUNT,
        json.dumps(SERVICE_ACCOUNT),
        "MIICANARYKEY in -----BEGIN PRIVATE KEY-----\\nMIICANARYKEY\\n-----END PRIVATE KEY-----",
        "key id canary0123456789",
    ],
)
def test_a_secret_that_was_handed_out_is_hidden_in_every_written_form(written):
    text = redaction.redact(written).replace("MIICANARYKEY in", "")
    for part in ("Canary/", "Canary%2F", "secret", "MIICANARYKEY", "canary0123456789"):
        assert part not in text


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("Authorization: Bearer abc.def-123", "abc.def"),
        ("{'Authorization': 'Basic dXNlcjpwYXNzd29yZA=='}", "dXNlcjpw"),
        ('{"authorization": "token0123456"}', "token0123456"),
        ("HTTPSConnectionPool: url: /services/T0AB/B0CD/abcdefXYZ (Caused by", "abcdefXYZ"),
        ("https://hooks.slack.com/services/T0AB/B0CD/abcdefXYZ", "T0AB"),
        ("token xoxb-1234-5678-abcdef", "5678"),
        ("key sk-proj-abcdefghijklmnopqrstuvwx", "ghijkl"),
        ("EAAGm0PX4ZCpsBAKZCabcdefghijklmnop", "GhIj".lower()),
        ("?access_token=abc123def&x=1", "abc123def"),
        ("/?hub.mode=subscribe&hub.verify_token=my-token&hub.challenge=1", "my-token"),
        ("https://user:hunter2@db.example.com/x", "hunter2"),
        ("postgresql://u:p4ssw0rd@h/db connection failed", "p4ssw0rd"),
        ("host=h password=p4ssw0rd user=u", "p4ssw0rd"),
        ('{"client_secret": "shhhhhh", "grant": 1}', "shhhhhh"),
        ("assertion eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl", "eyJpc3Mi"),
        ("ya29.a0AfH6SMBx-y", "a0AfH6"),
        ("POST /api/v1/main/executions/webhook/opsflows.tickets/flow/s3cretkey123", "s3cretkey123"),
    ],
)
def test_the_shapes_of_credentials_are_known(text, leaks):
    assert leaks not in redaction.mask_secrets(text)
    assert redaction.MASK in redaction.mask_secrets(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("host=h password=p4ssw0rd user=u", "host=h ***=*** user=u"),
        ("Authorization: Bearer password-and-more", "Authorization: ***"),
        ("no secret, but the word password", "no secret, but the word ***"),
        ("https://user:a-password-b@db.example.com/x", "https://user:***@db.example.com/x"),
    ],
)
def test_a_secret_that_is_an_ordinary_word_uncovers_no_other(text, shown):
    redaction.register("password")
    assert redaction.mask_secrets(text) == shown


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail jose.perez+x@example.com now", "mail j***@example.com now"),
        ("call +34 600 111 222", "call ***222"),
        ("call +34600111222.", "call ***222."),
        ("call 600 111 222", "call ***222"),
        ("call 91 123 45 67 or 911 23 45 67", "call 91 123 45 67 or ***567"),
        ("wa_id 34600111222", "wa_id ***222"),
        ("(415) 555-0132", "***132"),
        ("card 4111 1111 1111 1111 ok", "card ***1111 ok"),
        ("card 4111-1111-1111-1111", "card ***1111"),
        ("iban ES91 2100 0418 4502 0005 1332", "iban ES91***1332"),
        ("iban ES9121000418450200051332", "iban ES91***1332"),
        ("robot@project.iam.gserviceaccount.com", "robot@project.iam.gserviceaccount.com"),
    ],
)
def test_personal_data_is_masked(text, masked):
    assert redaction.redact(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T07:50:40.123456Z",
        "total 1.234,56 EUR of 12345678",
        "T-0123456789",
        "execution 5Fqk2GPqCaZWRbFTMvNFJa",
        "f1d2d2f924e986ac86fdf7b36c94bcdf32beec15f1d2d2f924e986ac86fdf7b3",
        "wamid.HBgLMzQ2MDAxMTEyMjIVAgARGBI5",
        "took 0.123456789012 s, 12.5 %",
        "v26.0 127.0.0.1:54321 10.20.30.40",
        "key: value, token count 12, monkey=banana",
        "https://graph.facebook.com/v26.0/media?limit=10",
    ],
)
def test_ordinary_text_stays_readable(text):
    assert redaction.redact(text) == text


def test_a_log_line_is_one_json_object_with_its_facts(monkeypatch):
    monkeypatch.setenv("OPSFLOWS_EXECUTION_ID", "")
    line = logged(lambda log: log.info("ticket.read", rows=3, amount=1.5, nested={"a": [True, None]}))
    event = json.loads(line)
    assert (event["event"], event["rows"], event["level"], event["logger"]) == ("ticket.read", 3, "info", "test")
    assert event["nested"] == {"a": [True, None]}
    assert event["timestamp"].endswith("Z")


def test_no_canary_survives_at_any_depth_of_an_event():
    facts = {"a": CANARY, "b": [CANARY, {CANARY: (CANARY,)}], "c": Exception(CANARY), "token": "anything-at-all"}
    event = f"event {CANARY}"
    line = logged(lambda log: log.warning(event, **facts))
    assert "Canary" not in line
    assert "anything-at-all" not in line


def test_a_traceback_is_redacted():
    def fail() -> None:
        raise ValueError(f"https://hooks.slack.com/services/T0/B0/xyz {CANARY}")

    def write(log) -> None:
        try:
            fail()
        except ValueError:
            log.exception("failed")

    line = logged(write)
    assert "Traceback" in line
    assert "Canary" not in line
    assert "xyz" not in line


def test_debug_is_silent_unless_asked_for(monkeypatch):
    assert logged(lambda log: log.debug("detail")) == ""
    monkeypatch.setenv("OPSFLOWS_LOG_LEVEL", "debug")
    assert "detail" in logged(lambda log: log.debug("detail"))


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize(
    "fault",
    [reset, cut_off, reply(400, f'{{"error": "bad token {CANARY}"}}'.encode()), reply(503, CANARY.encode())],
    ids=["reset", "cut off", "400", "503"],
)
def test_an_error_of_a_provider_names_no_secret(server, fault):
    """Tokens in the URL, in the headers and in the answer's body."""
    server.answers(fault)
    client = http.Client("acme", server.url, headers={"Authorization": f"Bearer {quote(CANARY)}"})
    with pytest.raises(OpsflowsError) as raised:
        client.request("POST", "/services/T00/B00/canarypath", params={"access_token": CANARY})
    shown = f"{raised.value} {raised.value.details} {raised.value.__cause__!r}"
    assert "canary" not in redaction.redact(shown).lower()
    assert "canary" not in f"{raised.value} {raised.value.details}".lower()


def test_a_database_error_names_no_password():
    with pytest.raises(OpsflowsError) as raised:
        db.connect(f"postgresql://u:{quote(CANARY, safe='')}@127.0.0.1:1/x")
    assert "anary" not in f"{raised.value} {raised.value.details}"


@pytest.mark.parametrize(
    "cut", ["MIICANARYKEY", "-----BEGIN PRIVATE KEY-----\nMIICANARYKEY", "KEY-----\\nMIICANARYKEY\\n--"]
)
def test_a_private_key_that_is_cut_in_the_middle_is_hidden(cut):
    assert "MIICANARYKEY" not in redaction.mask_registered(f"refused: {cut}")


def test_the_outcome_of_an_error_quotes_no_credential_and_no_phone_number():
    said = f"The provider says: {CANARY}, xoxb-{'1' * 20}, +34 600 111 222"
    outcome = OpsflowsError(said, code="x").outcome()
    assert CANARY not in outcome["message"]
    assert "xoxb-1" not in outcome["message"]
    assert "600 111" not in outcome["message"]


def test_redaction_is_linear():
    """No text, however odd, makes it slow: ten times the length costs about ten times the time."""
    hostile = [
        "a" * 20,
        "1" * 20,
        "1 " * 10,
        "+1-" * 7,
        "a@",
        "a.b@c.",
        "://",
        "ES91 ",
        "eyJ.",
        "key='",
        "A1 ",
        "-----BEGIN ",
    ]
    for piece in hostile:
        started = time.process_time()
        redaction.redact(piece * (100_000 // len(piece)))
        assert time.process_time() - started < 1.5, piece
