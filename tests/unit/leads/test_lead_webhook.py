"""Who may post leads, and what of a body is refused."""

import json

import pytest

from kit import webhooks
from kit.errors import ConfigurationError, RefusedInputError
from leads import webhook

BODY = json.dumps({"id": 1, "email": "ana@ejemplo.es"}).encode()
LIVE = ["now-secret", "old-secret"]


def _headers(**given):
    return {name.replace("_", "-"): [value] for name, value in given.items()}


@pytest.mark.parametrize("secret", LIVE)
def test_either_live_secret_will_do(secret):
    webhook.verify(BODY, _headers(X_Webhook_Secret=secret), LIVE)
    webhook.verify(BODY, {"x-webhook-secret": secret}, LIVE)
    webhook.verify(BODY, _headers(X_Hub_Signature_256="sha256=" + webhooks.sign_sha256(BODY, secret)), LIVE)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "secret_missing"),
        (_headers(X_Webhook_Secret=""), "secret_missing"),
        (_headers(X_Webhook_Secret="now-secre"), "secret_mismatch"),
        (_headers(X_Webhook_Secret="now-secret "), "secret_mismatch"),
        ({"X-Webhook-Secret": ["now-secret", "now-secret"]}, "secret_duplicate"),
        (_headers(X_Hub_Signature_256="sha256=" + "0" * 64), "signature_mismatch"),
        (_headers(X_Hub_Signature_256="sha256=" + "0" * 64, X_Webhook_Secret="now-secret"), "signature_mismatch"),
    ],
)
def test_anything_else_is_refused(headers, code):
    with pytest.raises(RefusedInputError) as refused:
        webhook.verify(BODY, headers, LIVE)
    assert refused.value.code == code


@pytest.mark.parametrize("secrets", [[], [""], ["", "x"]])
def test_without_a_secret_nobody_is_let_in(secrets):
    with pytest.raises(ConfigurationError):
        webhook.verify(BODY, _headers(X_Webhook_Secret=""), secrets)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed_json"),
        (b"[" * 100_000, "malformed_json"),
        (b"[]", "malformed_body"),
        (b'{"first_name": "Ana"}', "nobody"),
        (b'{"id": "{{user_id}}", "email": "no"}', "nobody"),
        (b" " * (256 * 1024 + 1), "body_too_large"),
    ],
)
def test_bodies_that_are_no_event(body, code):
    with pytest.raises(RefusedInputError) as refused:
        webhook.parse(body)
    assert refused.value.code == code


def test_what_postgres_refuses_is_not_kept():
    event = webhook.parse(b'{"id": 1, "email": "ana@ejemplo.es", "x": "a\\u0000b\\ud800", "y": NaN}')
    assert event.raw == {"id": 1, "email": "ana@ejemplo.es", "x": "ab?", "y": None}
