"""kit.secrets and kit.vault against the sandbox's Vault: what is found, what each refusal becomes, nothing shown."""

import inspect
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import hvac
import hvac.exceptions
import pytest
import requests

from kit import errors, redaction, secrets, settings, vault, vault_transport
from tests.kit_support import no_waits  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("no_waits")

NAME, PATH = "WHATSAPP_TOKEN", "opsflows/WHATSAPP_TOKEN"


@pytest.fixture
def client(sandbox, process, monkeypatch):
    """The sandbox, with a task that has an AppRole and no secret of its own."""
    for name in process.secrets():
        monkeypatch.setenv(name, "")
    known = process.credentials
    for name, value in {**known.vault_settings(process.base_url), **known.vault_secrets()}.items():
        monkeypatch.setenv(name, value)
    vault.forget()
    yield sandbox
    vault.forget()


@pytest.fixture
def by_token(client, process, monkeypatch):
    monkeypatch.setenv("VAULT_TOKEN", process.credentials.vault_token)
    return client


def routes(client):
    return [call["route"] for call in client.calls("vault")]


def test_a_secret_that_the_flow_passes_is_not_asked_for(client, monkeypatch):
    client.vault_put(PATH, value="of Vault")
    monkeypatch.setenv(NAME, "of the flow")
    assert secrets.get(NAME) == "of the flow"
    assert secrets.live(NAME) == ["of the flow"]
    assert routes(client) == []


def test_an_approle_reads_its_secret_with_one_login(client):
    client.vault_put(PATH, value="EAA-of-vault")
    assert secrets.get(NAME) == "EAA-of-vault"
    assert secrets.optional("OPENAI_API_KEY") is None
    assert secrets.get(NAME) == "EAA-of-vault"
    assert routes(client) == ["approle.login", "kv.read", "kv.read"]
    assert client.calls("vault")[1]["path"] == f"/vault/v1/secret/data/{PATH}"
    assert client.calls("vault")[1]["user_agent"].startswith("opsflows/")


def test_a_token_needs_no_login(by_token):
    by_token.vault_put(PATH, value="v")
    assert secrets.get(NAME) == "v"
    assert routes(by_token) == ["kv.read"]


def test_mount_prefix_and_namespace_are_settings(client, monkeypatch):
    client.vault_server(mounts=["kv"], namespaces=["team/a"])
    client.vault_put("prod/x/WHATSAPP_TOKEN", value="there", mount="kv", namespace="team/a")
    monkeypatch.setenv("OPSFLOWS_VAULT_MOUNT", "/kv/")
    monkeypatch.setenv("OPSFLOWS_VAULT_PREFIX", "prod/x/")
    with pytest.raises(errors.PermissionDeniedError):
        secrets.get(NAME)
    monkeypatch.setenv("VAULT_NAMESPACE", "team/a")
    assert secrets.get(NAME) == "there"


def test_versions_are_kept(client):
    for value in ("one", "two", "three"):
        client.vault_put(PATH, value=value)
    assert [secrets.get(NAME), secrets.get(NAME, version=1), secrets.get(NAME, version=2)] == ["three", "one", "two"]
    with pytest.raises(errors.NotFoundError) as raised:
        secrets.get(NAME, version=4)
    assert raised.value.code == "vault_missing"


def test_a_json_document_stays_whole(client):
    client.vault_put(PATH, data={"value": {"client_email": "a@b", "private_key": "k"}})
    assert secrets.get(NAME) == '{"client_email": "a@b", "private_key": "k"}'


@pytest.mark.parametrize(
    ("hours", "age_h", "live"),
    [(24, 0, ["new", "old"]), (24, 23.9, ["new", "old"]), (24, 24.1, ["new"]), (1, 1.1, ["new"]), (0, 0, ["new"])],
)
def test_the_version_before_counts_for_a_time(client, monkeypatch, hours, age_h, live):
    monkeypatch.setenv("OPSFLOWS_VAULT_ROTATION_HOURS", str(hours))
    client.vault_put(PATH, value="old", age_s=90_000)
    client.vault_put(PATH, value="new", age_s=age_h * 3600)
    assert secrets.live(NAME) == live


@pytest.mark.parametrize("more", [{}, {"destroy": True}])
def test_a_rotation_ends_when_the_version_before_is_deleted(client, more):
    client.vault_put(PATH, value="old")
    assert secrets.live(NAME) == ["old"]
    vault.forget()
    client.vault_put(PATH, value="new")
    assert secrets.live(NAME) == ["new", "old"]
    vault.forget()
    client.vault_drop(PATH, 1, **more)
    assert secrets.live(NAME) == ["new"]


def test_the_previous_one_of_the_environment_counts_while_secrets_move_to_vault(client, monkeypatch):
    client.vault_put(PATH, value="new")
    monkeypatch.setenv(f"{NAME}_PREVIOUS", "of the file")
    assert secrets.live(NAME) == ["new", "of the file"]


def test_an_expired_token_is_renewed_once(client):
    client.vault_put(PATH, value="v")
    client.vault_put("opsflows/OPENAI_API_KEY", value="k")
    assert secrets.get(NAME) == "v"
    client.advance(1201)
    assert secrets.get("OPENAI_API_KEY") == "k"
    assert routes(client) == ["approle.login", "kv.read", "kv.read", "approle.login", "kv.read"]


def denied(client):
    client.vault_put(PATH, value="v")
    client.vault_server(denied=[f"secret/data/{PATH}"])


def test_a_path_that_the_policy_forbids_is_not_tried_again_and_again(client):
    denied(client)
    with pytest.raises(errors.PermissionDeniedError) as raised:
        secrets.get(NAME)
    assert raised.value.code == "vault_denied"
    assert routes(client) == ["approle.login", "kv.read"]


def test_an_expired_token_without_an_approle_is_denied(by_token):
    by_token.vault_put(PATH, value="v")
    by_token.vault_expire_tokens(root=True)
    with pytest.raises(errors.PermissionDeniedError) as raised:
        secrets.get(NAME)
    assert raised.value.code == "vault_denied"
    assert routes(by_token) == ["kv.read"]


def deleted(client):
    client.vault_put(PATH, value="v")
    client.vault_drop(PATH)


@pytest.mark.parametrize(
    ("wrong", "kind", "code"),
    [
        (lambda client: client.vault_server(sealed=True), errors.UnavailableError, "vault_sealed"),
        (
            lambda client: client.vault_server(initialised=False),
            errors.ConfigurationError,
            "vault_not_initialised",
        ),
        (lambda client: client.vault_server(mounts=["kv"]), errors.ConfigurationError, "vault_no_mount"),
        (
            lambda client: client.vault_put(PATH, data={"token": "CANARY"}),
            errors.ConfigurationError,
            "vault_no_value",
        ),
        (denied, errors.PermissionDeniedError, "vault_denied"),
        (
            lambda client: client.fault("vault", "kv.read", "status", status=500),
            errors.UnavailableError,
            "unavailable",
        ),
        (
            lambda client: client.fault("vault", "kv.read", "status", status=502),
            errors.UnavailableError,
            "unavailable",
        ),
        (
            lambda client: client.fault("vault", "kv.read", "error", code="precondition"),
            errors.UnavailableError,
            "unavailable",
        ),
        (
            lambda client: client.fault("vault", "kv.read", "status", status=472, body="{}"),
            errors.UnavailableError,
            "unavailable",
        ),
        (
            lambda client: client.fault("vault", "kv.read", "error", code="standby"),
            errors.RateLimitedError,
            "rate_limited",
        ),
        (lambda client: client.fault("vault", "kv.read", "reset"), errors.UnavailableError, "unavailable"),
        (lambda client: client.fault("vault", "kv.read", "html"), errors.InvalidResponseError, "invalid_response"),
        (
            lambda client: client.fault("vault", "approle.login", "error", code="login"),
            errors.AuthenticationError,
            "vault_login",
        ),
        (
            lambda client: client.fault("vault", "approle.login", "status", status=200, body='{"auth":null}'),
            errors.InvalidResponseError,
            "invalid_response",
        ),
        (
            lambda client: client.fault("vault", "kv.read", "status", status=200, body='{"data":{"token":"CANARY"}}'),
            errors.InvalidResponseError,
            "invalid_response",
        ),
    ],
    ids=[
        "sealed",
        "not initialised",
        "no mount",
        "no value",
        "denied",
        "500",
        "502",
        "412",
        "472",
        "429",
        "reset",
        "html",
        "login",
        "login without a token",
        "version 1 of the engine",
    ],
)
def test_each_refusal_is_an_error_of_ours_with_the_next_action(client, wrong, kind, code):
    client.vault_put(PATH, value="v")
    wrong(client)
    for ask in (secrets.get, secrets.optional, secrets.live):
        with pytest.raises(kind) as raised:
            ask(NAME)
        assert type(raised.value) is kind
        assert (raised.value.code, raised.value.provider) == (code, "vault")
        assert "CANARY" not in str(raised.value) + str(raised.value.details)
    if code.startswith("vault_"):
        assert raised.value.next_action


@pytest.mark.parametrize("take", [deleted, lambda _client: None, lambda client: client.vault_put(PATH, value=" ")])
def test_what_vault_does_not_have_is_not_set(client, take):
    take(client)
    assert secrets.optional(NAME) is None
    with pytest.raises(errors.ConfigurationError) as raised:
        secrets.get(NAME)
    assert raised.value.code == "secret_missing"


def test_deleted_and_missing_can_be_told_apart(client):
    deleted(client)
    found = vault.connect("", *_approle())
    with pytest.raises(errors.NotFoundError) as gone:
        found.read(NAME)
    with pytest.raises(errors.NotFoundError) as never:
        found.read("NEVER_WRITTEN")
    assert (gone.value.code, never.value.code) == ("vault_deleted", "vault_missing")


def _approle():
    return os.environ["VAULT_ROLE_ID"], os.environ["VAULT_SECRET_ID"]


def test_a_sealed_vault_is_tried_again_and_found_open(client):
    client.vault_put(PATH, value="v")
    client.fault("vault", "approle.login", "error", code="sealed", calls=2)
    assert secrets.get(NAME) == "v"


@pytest.mark.usefixtures("client")
def test_a_vault_that_is_away_is_transient(monkeypatch):
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", "127.0.0.1:9")
    with pytest.raises(errors.ConnectError):
        secrets.get(NAME)


def test_plain_http_to_a_vault_is_refused_unless_it_is_allowed(client, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", "")
    with pytest.raises(errors.UnsafeUrlError, match="by https"):
        secrets.get(NAME)
    assert routes(client) == []


@pytest.mark.usefixtures("client")
def test_a_task_without_a_way_in_is_told_which_there_are(monkeypatch):
    monkeypatch.setenv("VAULT_SECRET_ID", "")
    with pytest.raises(errors.ConfigurationError, match="VAULT_ROLE_ID and VAULT_SECRET_ID") as raised:
        secrets.optional(NAME)
    assert raised.value.code == "vault_no_way_in"


@pytest.mark.usefixtures("client")
def test_versions_need_vault(monkeypatch):
    monkeypatch.setenv("VAULT_ADDR", "")
    with pytest.raises(errors.ConfigurationError, match="kept by Vault only"):
        secrets.get(NAME, version=1)
    assert secrets.optional(NAME) is None


@pytest.mark.parametrize("at", [60, 200])
def test_an_answer_that_is_cut_off_leaves_no_secret_in_the_error(client, at):
    """It was not complete, so nobody registered the value that its first half holds."""
    client.vault_put(PATH, value="CANARY" * 20)
    client.fault("vault", "kv.read", "status", status=200, body='{"data":{"data":{"value":"' + "CANARY" * at)
    with pytest.raises(errors.InvalidResponseError) as raised:
        secrets.get(NAME)
    assert "CANARY" not in str(raised.value) + str(raised.value.details) + repr(raised.value.__cause__)


def test_what_was_read_is_hidden_from_then_on(client, process):
    client.vault_put(PATH, value="pl4in-looking words")
    before = redaction.redact("pl4in-looking words")
    assert secrets.get(NAME) == "pl4in-looking words"
    assert before != redaction.redact("pl4in-looking words") == "***"
    known = process.credentials
    assert redaction.redact(f"{known.vault_role_id} {known.vault_secret_id}") == "*** ***"
    assert "hvs" not in redaction.redact("token hvs.CAESIJ0vk2-abcdefgh")


def test_the_sandbox_shows_no_secret(client, process):
    client.vault_put(PATH, value="CANARY-1", age_s=5)
    client.vault_put(PATH, data={"value": "CANARY-2", "version": "CANARY-3", "ttl": "CANARY-4"})
    secrets.live(NAME)
    known = process.credentials
    url, token = f"{process.base_url}/vault/v1/secret/data/x", known.vault_token
    written = requests.post(url, json={"data": {"data": "CANARY-5"}}, headers={"X-Vault-Token": token}, timeout=30)
    assert written.status_code == 200
    shown = str(client.calls()) + str(client.state())
    assert '"metadata"' in shown
    hidden = ("CANARY", known.vault_role_id, known.vault_secret_id, known.vault_token, "hvs.")
    assert [word for word in hidden if word in shown] == []


def exceptions_of_hvac():
    found = inspect.getmembers(hvac.exceptions, inspect.isclass)
    return [kind for _, kind in found if issubclass(kind, hvac.exceptions.VaultError)]


@pytest.mark.parametrize("kind", exceptions_of_hvac(), ids=lambda kind: kind.__name__)
def test_every_exception_of_hvac_becomes_one_of_ours(client, monkeypatch, kind):
    client.vault_put(PATH, value="v")

    def refuse(*_arguments, **_named):
        raise kind("CANARY", url="http://vault/v1/x", text="CANARY", json={"data": "CANARY"})

    monkeypatch.setattr("hvac.api.secrets_engines.KvV2.read_secret_version", refuse)
    with pytest.raises(errors.OpsflowsError) as raised:
        vault.connect("", *_approle()).read(NAME)
    assert raised.value.provider == "vault"
    assert "CANARY" not in str(raised.value) + str(raised.value.details)
    assert raised.value.__cause__ is None


@pytest.mark.usefixtures("client")
def test_hvacs_own_session_reaches_nothing():
    found = vault_transport.boundary(settings.get(), "")
    with pytest.raises(errors.UnsafeUrlError):
        found.session.get("https://vault.example.com/")


def test_hvac_is_not_imported_without_vault():
    program = "import os, sys; from kit import secrets; secrets.optional('X'); print('hvac' in sys.modules)"
    env = {"PYTHONPATH": "scripts", "X": "value"}
    assert subprocess.check_output([sys.executable, "-c", program], env=env, text=True) == "False\n"


def test_the_time_of_a_version_is_read_with_its_nine_digits(client):
    client.vault_put(PATH, value="v", age_s=3600)
    written = vault.connect("", *_approle()).read(NAME).created
    assert timedelta(minutes=59) < datetime.now(UTC) - written < timedelta(minutes=61)
