"""Vault: open, sealed, closed to us, or without what the flows need."""

import pytest

from tools.doctor.model import State

NEEDED = ("WHATSAPP_TOKEN", "GOOGLE_SERVICE_ACCOUNT")


@pytest.fixture
def look(healthy, process, monkeypatch):
    """The doctor with the sandbox's Vault, two of the secrets in it instead of in the environment."""
    for name, value in {
        **process.credentials.vault_settings(process.base_url),
        **process.credentials.vault_secrets(),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KESTRA_ADMIN_PASSWORD", "Wq9-fern-Lima-88")  # the stack's own, which no provider gives

    def by_name(provider="vault", **more):
        return {found.name: found for found in healthy(provider, **more).findings}

    return by_name


@pytest.fixture
def held(sandbox, process, monkeypatch):
    for name in NEEDED:
        monkeypatch.delenv(name)
        sandbox.vault_put(f"opsflows/{name}", data={"value": process.secrets()[name]})


def test_what_is_needed_is_there(look, held):  # noqa: ARG001 - it puts the secrets there
    found = look()
    assert found["health"].state is State.OK
    assert all(name in found["secrets"].text for name in NEEDED)
    assert look("whatsapp")["token"].state is State.OK


def test_every_secret_is_a_file_already(look):
    assert look()["login"].state is State.OK


def test_what_is_needed_is_nowhere(look, monkeypatch):
    monkeypatch.delenv("WHATSAPP_TOKEN")
    found = look()["secrets"]
    assert found.state is State.WRONG
    assert "WHATSAPP_TOKEN" in found.text


@pytest.mark.parametrize(
    ("fault", "name", "docs"),
    [
        (("health", "error", {"code": "sealed"}), "health", "setup/vault.md#sealed"),
        (("health", "error", {"code": "not_initialised"}), "health", "setup/vault.md#sealed"),
        (("approle.login", "error", {"code": "login"}), "credential", "setup/vault.md#login-refused"),
        (("kv.read", "error", {"code": "denied"}), "permission", "setup/vault.md#permission-missing"),
        (("*", "html", {}), "answer", "setup/vault.md#no-answer"),
        (("*", "reset", {}), "cut_off", "setup/README.md#network"),
    ],
)
def test_each_trouble_has_its_own_advice(look, sandbox, fault, name, docs):
    route, kind, more = fault
    sandbox.fault("vault", route, kind, **more)
    found = look()[name]
    assert found.state is State.WRONG
    assert found.docs == docs


def test_no_way_in(look, monkeypatch):
    for name in ("VAULT_ROLE_ID", "VAULT_SECRET_ID"):
        monkeypatch.delenv(name)
    assert look()["setting"].docs == "setup/vault.md#steps"


def test_another_provider_names_vault_as_the_cause(look, held, sandbox):  # noqa: ARG001 - it takes the token away
    sandbox.fault("vault", "approle.login", "error", code="login")
    found = look("whatsapp")["credential"]
    assert found.docs == "setup/vault.md#login-refused"


def test_nothing_listens(look, monkeypatch):
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", "127.0.0.1:9")
    assert look()["no_connection"].docs == "setup/vault.md#no-answer"


def test_no_value_is_shown(look, held, process):  # noqa: ARG001 - it puts the secrets there
    shown = " ".join(found.text for found in look().values())
    assert process.secrets()["WHATSAPP_TOKEN"] not in shown
    assert process.credentials.vault_secret_id not in shown
