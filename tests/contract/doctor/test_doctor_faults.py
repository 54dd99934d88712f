"""Whatever a provider does wrong has an advice of its own, and none of it takes longer than the deadline."""

import time

import pytest

from tools.doctor.model import State

PROVIDERS = {
    "whatsapp": "whatsapp",
    "google-sheets": "google",
    "slack": "slack",
    "openai": "openai",
    "hubspot": "hubspot",
    "manychat": "manychat",
    "etl-api": "shop",
}
BASE_URLS = {
    "whatsapp": "WHATSAPP_BASE_URL",
    "google-sheets": "GOOGLE_BASE_URL",
    "slack": "SLACK_BASE_URL",
    "openai": "OPENAI_BASE_URL",
    "hubspot": "HUBSPOT_BASE_URL",
    "manychat": "MANYCHAT_BASE_URL",
    "etl-api": "OPSFLOWS_ETL_API_URL",
}
# fault -> (kind, fields, name of the finding)
FAULTS = {
    "401": ("status", {"status": 401}, {"token", "credential"}),
    "403": ("status", {"status": 403}, {"permission"}),
    "404": ("status", {"status": 404}, {"not_found", "unavailable"}),
    "429": ("status", {"status": 429, "retry_after": 90}, {"rate_limited"}),
    "500": ("status", {"status": 500}, {"unavailable"}),
    "html": ("html", {}, {"answer"}),
    "truncated": ("truncate", {"at": 1}, {"cut_off"}),
    "reset": ("reset", {}, {"cut_off"}),
}

every_provider = pytest.mark.parametrize("provider", PROVIDERS)


@pytest.fixture
def only_one_way(sandbox, monkeypatch):  # noqa: ARG001 - it sets the variable
    """Slack by the bot token alone, so that there is one finding to look at."""
    monkeypatch.delenv("SLACK_WEBHOOK_URL")


def first_wrong(report):
    return next(found for found in report.findings if found.state is not State.OK)


@every_provider
def test_a_provider_that_is_set_up_is_ok(provider, healthy):
    report = healthy(provider)
    assert {found.state for found in report.findings} == {State.OK}
    assert report.state is State.OK


@every_provider
@pytest.mark.usefixtures("only_one_way")
def test_each_fault_has_its_own_advice(provider, healthy, sandbox):
    seen = {}
    for fault, (kind, fields, names) in FAULTS.items():
        sandbox.clear_faults()
        sandbox.fault(PROVIDERS[provider], "*", kind, **fields)
        found = first_wrong(healthy(provider))
        assert found.name in names, fault
        assert found.action, fault
        assert found.docs, fault
        seen[fault] = (found.text.partition(":")[0], found.action)
    # A cut answer and a reset connection are the same to a person.
    assert seen.pop("truncated") == seen["reset"]
    assert len(set(seen.values())) >= len(seen) - (provider == "whatsapp")  # the sandbox's 404 is Meta's 131000


@every_provider
@pytest.mark.usefixtures("only_one_way")
def test_silence_ends_at_the_deadline(provider, healthy, sandbox):
    sandbox.fault(PROVIDERS[provider], "*", "delay", seconds=20)
    started = time.monotonic()
    found = first_wrong(healthy(provider, deadline_s=0.5))
    assert found.name == "timeout"
    assert time.monotonic() - started < 10


@every_provider
@pytest.mark.usefixtures("only_one_way")
def test_a_server_that_does_not_listen(provider, healthy, monkeypatch):
    point_elsewhere(monkeypatch, provider, "http://127.0.0.1:9")
    assert first_wrong(healthy(provider)).name == "no_connection"


@every_provider
@pytest.mark.usefixtures("only_one_way")
def test_a_name_that_nobody_knows(provider, healthy, monkeypatch):
    point_elsewhere(monkeypatch, provider, "https://provider.invalid")
    found = first_wrong(healthy(provider, deadline_s=10))
    assert found.name == "name_unknown"


@every_provider
@pytest.mark.usefixtures("only_one_way")
def test_a_certificate_that_cannot_be_trusted(provider, healthy, monkeypatch, self_signed):
    point_elsewhere(monkeypatch, provider, self_signed)
    found = first_wrong(healthy(provider))
    assert found.name == "certificate"
    assert "self-signed" in found.text


@every_provider
@pytest.mark.usefixtures("only_one_way")
def test_a_private_address_is_never_called(provider, healthy, monkeypatch):
    point_elsewhere(monkeypatch, provider, "https://10.0.0.1", allow=False)
    assert first_wrong(healthy(provider)).name == "address"


def point_elsewhere(monkeypatch, provider, url, *, allow=True):
    monkeypatch.setenv(BASE_URLS[provider], url)
    if allow:
        monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", url.partition("//")[2])
    if provider == "google-sheets":  # tokens come from elsewhere, and come first
        import json
        import os

        account = json.loads(os.environ["GOOGLE_SERVICE_ACCOUNT"]) | {"token_uri": f"{url}/token"}
        monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", json.dumps(account))
