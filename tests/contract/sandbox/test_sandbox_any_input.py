"""Whatever is sent, a provider answers in its own way: never with a 500 of the sandbox itself."""

from __future__ import annotations

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = st.sampled_from(["messaging_product"])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "whatsapp",
            "read",
            "34600111222",
            "text",
            "gpt-6-luna",
            "json_schema",
            "object",
            "section",
            "ROWS",
            "#/$defs/A",
        ]
    )
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=20
)
PATHS = (
    "/whatsapp/v26.0/{phone}/messages",
    "/whatsapp/v26.0/{phone}/media",
    "/openai/v1/chat/completions",
    "/google/token",
    "/google/v4/spreadsheets",
    "/google/v4/spreadsheets/{sheet}:batchUpdate",
    "/google/v4/spreadsheets/{sheet}/values/A1:B2:append?valueInputOption=RAW",
    "/google/v4/spreadsheets/{sheet}/values:batchUpdate",
    "/google/v4/spreadsheets/{sheet}/values:batchClear",
    "/google/drive/v3/files",
    "/slack/api/chat.postMessage",
    "/slack/api/chat.update",
    "/slack/{webhook}",
    "/vault/v1/auth/approle/login",
    "/vault/v1/secret/data/a/b",
    "/vault/v1/secret/destroy/a/b",
    "/hubspot/crm/v3/objects/contacts",
    "/hubspot/crm/objects/2026-09/contacts/search",
    "/hubspot/crm/objects/2026-09/contacts/merge",
    "/hubspot/crm/objects/2026-09/contacts/batch/upsert",
    "/hubspot/crm/objects/2026-09/contacts/batch/read",
    "/hubspot/crm/properties/2026-09/contacts",
    "/manychat/fb/subscriber/setCustomFields",
    "/manychat/fb/sending/sendContent",
    "/shop/v1/sales_events/rows",
)
DEEP = st.dictionaries(NAMES, ANYTHING, max_size=3)
UNLIMITED = {
    "google": {"per_user": 0, "per_project": 0},
    "hubspot": {"per_ten_seconds": 0, "search_per_second": 0},
    "manychat": {"limits": False},
}
KEYED = {
    "/whatsapp/v26.0/{phone}/messages": {"messaging_product": "whatsapp", "to": "34600111222"},
    "/openai/v1/chat/completions": {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "x"}]},
    "/google/v4/spreadsheets/{sheet}/values:batchUpdate": {"valueInputOption": "RAW"},
    "/slack/api/chat.postMessage": {"channel": "C0SANDBOX", "text": "x"},
}


@pytest.fixture(scope="module")
def door(process):
    """Posts to a path with every credential that a provider might ask for."""
    import time

    import google.auth.crypt
    import google.auth.jwt

    known = process.credentials
    account = known.service_account(process.base_url)
    signer = google.auth.crypt.RSASigner.from_string(account["private_key"], account["private_key_id"])
    now = int(time.time())
    scope = "https://www.googleapis.com/auth/spreadsheets https://www.googleapis.com/auth/drive"
    claims = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + 3600,
        "scope": scope,
    }
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": google.auth.jwt.encode(signer, claims).decode(),
    }
    token = requests.post(account["token_uri"], data=form, timeout=30).json()["access_token"]
    requests.post(f"{process.base_url}/_sandbox/config", json=UNLIMITED, timeout=30).raise_for_status()
    bearers = {
        "whatsapp": known.whatsapp_token,
        "openai": known.openai_api_key,
        "google": token,
        "slack": known.slack_bot_token,
        "vault": known.vault_token,
        "hubspot": known.hubspot_token,
        "manychat": known.manychat_token,
        "shop": known.shop_token,
    }
    session = requests.Session()

    def post(path, body):
        provider = path.split("/")[1]
        url = process.base_url + path.format(
            phone=known.whatsapp_phone_number_id,
            sheet=known.google_spreadsheet_id,
            webhook=known.slack_webhook_path.lstrip("/"),
        )
        return session.post(url, json=body, headers={"Authorization": f"Bearer {bearers[provider]}"}, timeout=20)

    return post


FILTER = st.fixed_dictionaries(
    {
        "propertyName": st.sampled_from(["email", "createdate", "numemployees"]),
        "operator": st.sampled_from(["EQ", "IN", "GT"]),
    },
    optional={"value": ANYTHING, "values": ANYTHING},
)
BATCHED = st.fixed_dictionaries(
    {"properties": DEEP}, optional={"id": ANYTHING, "idProperty": ANYTHING, "objectWriteTraceId": ANYTHING}
)
INSIDE = (
    (
        "/hubspot/crm/v3/objects/contacts",
        {"properties": st.dictionaries(st.sampled_from(["email", "phone"]), ANYTHING)},
    ),
    ("/hubspot/crm/objects/2026-09/contacts/batch/upsert", {"inputs": st.lists(BATCHED | ANYTHING, max_size=3)}),
    ("/hubspot/crm/objects/2026-09/contacts/batch/read", {"inputs": st.lists(BATCHED | ANYTHING, max_size=3)}),
    (
        "/hubspot/crm/objects/2026-09/contacts/search",
        {
            "filterGroups": st.lists(
                st.fixed_dictionaries({"filters": st.lists(FILTER, max_size=2)}) | ANYTHING, max_size=2
            ),
            "sorts": st.lists(ANYTHING, max_size=1),
            "after": ANYTHING,
        },
    ),
    ("/whatsapp/v26.0/{phone}/messages", {"text": DEEP, "type": st.just("text")}),
    ("/whatsapp/v26.0/{phone}/messages", {"template": DEEP, "type": st.just("template")}),
    (
        "/whatsapp/v26.0/{phone}/messages",
        {"context": ANYTHING, "type": st.just("text"), "text": st.just({"body": "x"})},
    ),
    ("/openai/v1/chat/completions", {"messages": st.lists(DEEP | ANYTHING, max_size=3)}),
    (
        "/openai/v1/chat/completions",
        {
            "response_format": st.fixed_dictionaries(
                {
                    "type": st.just("json_schema"),
                    "json_schema": st.fixed_dictionaries(
                        {"name": st.just("R"), "strict": st.booleans(), "schema": DEEP}
                    ),
                }
            )
        },
    ),
    ("/google/v4/spreadsheets/{sheet}:batchUpdate", {"requests": st.lists(DEEP, max_size=3)}),
    (
        "/google/v4/spreadsheets/{sheet}:batchUpdate",
        {
            "requests": st.lists(
                st.fixed_dictionaries({"addSheet": DEEP}) | st.fixed_dictionaries({"deleteDimension": DEEP}), max_size=2
            )
        },
    ),
    (
        "/google/v4/spreadsheets/{sheet}/values/A1:B2:append?valueInputOption=RAW",
        {"values": st.lists(st.lists(ANYTHING, max_size=3), max_size=3) | ANYTHING},
    ),
    ("/google/v4/spreadsheets/{sheet}/values:batchUpdate", {"data": st.lists(DEEP | ANYTHING, max_size=3)}),
    ("/vault/v1/secret/data/a/b", {"data": DEEP, "options": DEEP | ANYTHING}),
    ("/vault/v1/secret/delete/a/b", {"versions": st.lists(ANYTHING, max_size=3) | ANYTHING}),
    (
        "/slack/api/chat.postMessage",
        {
            "blocks": st.lists(
                st.fixed_dictionaries(
                    {"type": st.sampled_from(["section", "header", "context", "actions", "image"])},
                    optional={"text": ANYTHING, "fields": ANYTHING, "elements": ANYTHING},
                )
                | ANYTHING,
                max_size=3,
            )
        },
    ),
)


@pytest.mark.parametrize(("path", "parts"), INSIDE)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_part_of_a_body_makes_the_sandbox_fail(door, path, parts, data):
    body = KEYED.get(path, {}) | {name: data.draw(strategy) for name, strategy in parts.items()}
    try:
        answer = door(path, body)
    except requests.exceptions.InvalidJSONError:
        return
    assert answer.status_code < 500, (path, body)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=ANYTHING)
def test_no_body_makes_the_sandbox_fail(door, path, body):
    whole = KEYED.get(path, {}) | body if isinstance(body, dict) else body
    try:
        answer = door(path, whole)
    except requests.exceptions.InvalidJSONError:
        return  # NaN and infinity have no JSON
    assert answer.status_code < 500, (path, whole)
