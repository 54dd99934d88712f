"""What makes a secret unfit to start with, and that no message shows it."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.secrets import files
from tools.secrets.catalogue import BY_NAME, CATALOGUE, FLOWS, needed_by
from tools.secrets.rules import FORMS, problems, trouble

KEY = base64.b64encode(bytes(range(32))).decode()
ACCOUNT = json.dumps(
    {
        "type": "service_account",
        "client_email": "robot@project.iam.gserviceaccount.com",
        "private_key": "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n",
    }
)
GOOD = {
    "KESTRA_ADMIN_PASSWORD": "Vq8-tarn-Kilo-77",
    "KESTRA_ENCRYPTION_KEY": KEY,
    "KESTRA_DB_PASSWORD": "d9Xk2mPqL7vR4tYw8nBc5hJf3gZs6aEu",
    "OPSFLOWS_DB_PASSWORD": "e9Xk2mPqL7vR4tYw8nBc5hJf3gZs6aEu",
    "POSTGRES_PASSWORD": "f9Xk2mPqL7vR4tYw8nBc5hJf3gZs6aEu",
    "WHATSAPP_VERIFY_TOKEN": "g9Xk2mPqL7vR4tYw8nBc5hJf3gZs6aEu",
    "WHATSAPP_WEBHOOK_KEY": "h9Xk2mPqL7vR4tYw8nBc5hJf3gZs6aEu",
    "OPSFLOWS_CONSOLE_PASSWORD": "Wq9-fern-Lima-88",
    "OPSFLOWS_CONSOLE_KEY": "k9Xk2mPqL7vR4tYw8nBc5hJf3gZs6aEu",
    "WHATSAPP_APP_SECRET": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "WHATSAPP_TOKEN": "EAAJZBqX3kq0BO7rVtLw2nYpD5sHf8gMcU1xTzRj4aKeNiQvWb6y",
    "GOOGLE_SERVICE_ACCOUNT": ACCOUNT,
}


def test_good_values_start_and_optional_ones_may_be_missing_or_blank():
    assert trouble(GOOD) == {}
    assert trouble(GOOD | {"OPENAI_API_KEY": "", "SLACK_BOT_TOKEN": " "}) == {}


@pytest.mark.parametrize("name", [secret.name for secret in CATALOGUE if secret.required])
def test_each_required_one_is_missed(name: str):
    assert trouble({key: value for key, value in GOOD.items() if key != name}) == {name: ["is missing"]}
    assert trouble(GOOD | {name: " \n"}) == {name: ["is blank"]}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("WHATSAPP_TOKEN", "change-me", "is an example value"),
        ("WHATSAPP_TOKEN", "your-token-goes-here-your-token-goes-here-your-token", "is an example value"),
        ("KESTRA_ADMIN_PASSWORD", "Opsflows2026", "is an example value"),
        ("KESTRA_ADMIN_PASSWORD", "<the password>", "is an example value"),
        ("POSTGRES_PASSWORD", "postgres", "is an example value"),
        ("POSTGRES_PASSWORD", "d9Xk2mPqL7", "is too short: at least 32 characters"),
        ("POSTGRES_PASSWORD", "a" * 40, "repeats a few characters"),
        ("POSTGRES_PASSWORD", GOOD["POSTGRES_PASSWORD"] + "\n", "has a line break or white space around it"),
        ("POSTGRES_PASSWORD", GOOD["POSTGRES_PASSWORD"] + "@:/", "may hold letters, digits, - and _ only"),
        ("WHATSAPP_WEBHOOK_KEY", "h9Xk2mPqL7vR4tYw8nBc5hJf3gZs6a/u", "may hold letters, digits, - and _ only"),
        ("WHATSAPP_APP_SECRET", GOOD["WHATSAPP_APP_SECRET"].upper(), "must be lower-case hexadecimal"),
        ("KESTRA_ADMIN_PASSWORD", "vq8-tarn-kilo-77", "needs an upper-case letter"),
        ("KESTRA_ADMIN_PASSWORD", "Vqx-tarn-Kilo-xy", "needs a digit"),
        ("KESTRA_ENCRYPTION_KEY", "d9Xk2mPqL7vR4tYw8nBc5hJf3gZs6aEu", "must be base64 of 32 random bytes"),
        ("KESTRA_ENCRYPTION_KEY", KEY[:-4] + "!!!=", "must be base64 of 32 random bytes"),
        ("SLACK_BOT_TOKEN", "xoxp-4021-9932-aBcDeFgHiJk", "must begin with xoxb-"),
        ("SLACK_WEBHOOK_URL", "http://hooks.slack.com/services/T02/B07/k9x", "must be an https address"),
        ("GOOGLE_SERVICE_ACCOUNT", "/home/me/key.json", "must be the whole JSON file"),
        ("GOOGLE_SERVICE_ACCOUNT", "[" * 100_000, "must be the whole JSON file"),
        ("GOOGLE_SERVICE_ACCOUNT", '{"type": "authorized_user"}', "must be the whole JSON file"),
        ("GOOGLE_SERVICE_ACCOUNT", '{"type": "service_account"}', "has no client_email and no private_key"),
        (
            "GOOGLE_SERVICE_ACCOUNT",
            '{"type": "service_account", "client_email": "x", "private_key": "y"}',
            "has a client_email or private_key of the wrong form",
        ),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(name: str, value: str, problem: str):
    assert any(said.startswith(problem) for said in problems(name, value)), problems(name, value)


def test_one_value_for_two_secrets_is_refused_at_both():
    found = trouble(GOOD | {"KESTRA_DB_PASSWORD": GOOD["OPSFLOWS_DB_PASSWORD"]})
    assert found == {
        "KESTRA_DB_PASSWORD": ["has the same value as OPSFLOWS_DB_PASSWORD"],
        "OPSFLOWS_DB_PASSWORD": ["has the same value as KESTRA_DB_PASSWORD"],
    }


def test_only_the_secrets_of_a_service_are_looked_at():
    names = {secret.name for secret in needed_by(FLOWS)}
    assert set(trouble({}, names)) == {
        "KESTRA_ADMIN_PASSWORD",
        "OPSFLOWS_CONSOLE_KEY",
        "WHATSAPP_WEBHOOK_KEY",
        "WHATSAPP_APP_SECRET",
        "WHATSAPP_TOKEN",
        "GOOGLE_SERVICE_ACCOUNT",
    }


def test_with_vault_what_only_tasks_read_may_be_there():
    in_vault = dict.fromkeys(("WHATSAPP_TOKEN", "GOOGLE_SERVICE_ACCOUNT"), "")
    given = GOOD | in_vault
    assert trouble(given) == {name: ["is blank"] for name in in_vault}
    assert trouble(given, vault=True) == {"VAULT_TOKEN": ["is missing, and so is the AppRole"]}
    assert trouble(given | {"VAULT_TOKEN": "hvs.CAESIJ0vk2"}, vault=True) == {}
    role, half = {"VAULT_ROLE_ID": "db02de05-fa39"}, {"VAULT_SECRET_ID": "6a174c20-f6de"}
    assert trouble(given | role | half, vault=True) == {}
    assert trouble(given | half, vault=True) == {
        "VAULT_ROLE_ID": ["is missing, and the other half of the AppRole is there"]
    }
    assert "WHATSAPP_APP_SECRET" in trouble({"VAULT_TOKEN": "hvs.CAESIJ0vk2"}, vault=True)


@given(st.sampled_from(sorted(BY_NAME)), st.text(st.characters(codec="utf-8"), min_size=4))
def test_no_message_shows_the_value(name: str, value: str):
    secret = "Zq#" + value + "#qZ"
    said = " ".join([*problems(name, secret), *trouble({name: secret}).get(name, [])])
    assert secret not in said
    assert "#" not in said


def test_the_catalogue_is_sound():
    assert len(BY_NAME) == len(CATALOGUE)
    assert {secret.rule for secret in CATALOGUE} <= set(FORMS)
    assert [s.name for s in CATALOGUE if s.rotates and f"{s.name}_PREVIOUS" not in BY_NAME] == []


def test_the_folder_holds_one_file_a_secret(tmp_path):
    folder = tmp_path / "secrets"
    files.write(folder / "WHATSAPP_TOKEN", "value\n")
    files.write(folder / "WHATSAPP_TOKEN", "other")
    (folder / "WHATSAPP_TOKEN.bak").write_text("old")
    (folder / "GOOGLE_SERVICE_ACCOUNT").write_text(ACCOUNT + "\r\n")
    assert files.load(folder) == {"WHATSAPP_TOKEN": "other", "GOOGLE_SERVICE_ACCOUNT": ACCOUNT}
    assert files.others(folder) == ["WHATSAPP_TOKEN.bak"]
    assert [files.open_to_others(folder / name) for name in files.names(folder)] == [True, False]
    assert not files.open_to_others(folder)
    assert files.load(tmp_path / "nowhere") == {}


def test_a_file_that_is_no_text_is_named_and_not_shown(tmp_path):
    (tmp_path / "WHATSAPP_TOKEN").write_bytes(b"\xff\xfe\x00canary")
    with pytest.raises(files.FolderError, match="WHATSAPP_TOKEN is not text") as caught:
        files.load(tmp_path)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
