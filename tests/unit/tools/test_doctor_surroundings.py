"""Where the doctor gets its values from, and which wins."""

import os

import pytest

from kit import redaction
from kit.errors import ConfigurationError
from tools.deploy import environments
from tools.doctor import local_stack, surroundings
from tools.secrets import files

OURS = ("OPSFLOWS_", "WHATSAPP_", "KESTRA_", "PG", "SLACK_", "EDGE_", "VAULT_")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    """What `enter` puts into the environment is gone after the test."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for name in [
        name
        for name in os.environ
        if name.startswith(("OPSFLOWS_", "WHATSAPP_", "KESTRA_", "PG", "SLACK_", "EDGE_", "VAULT_"))
    ]:
        del os.environ[name]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "WHATSAPP_TOKEN").write_text("EAA-from-the-file\n")
    (tmp_path / "KESTRA_ADMIN_PASSWORD").write_text("Password-of-Kestra-1\n")
    (tmp_path / "OPSFLOWS_DB_PASSWORD").write_text("password-of-postgres\n")
    return tmp_path


def test_a_file_counts_and_a_variable_wins(folder):
    assert surroundings.enter(folder=folder).secret("WHATSAPP_TOKEN") == "EAA-from-the-file"
    os.environ["WHATSAPP_TOKEN"] = "EAA-from-the-variable"
    assert surroundings.enter(folder=folder).secret("WHATSAPP_TOKEN") == "EAA-from-the-variable"


def test_whatever_was_read_is_hidden(folder):
    surroundings.enter(folder=folder)
    assert redaction.mask_secrets("x password-of-postgres x") == "x *** x"


def test_the_passwords_of_the_containers_serve_the_commands(folder):
    found = surroundings.enter(folder=folder)
    assert found.settings.kestra_password == "Password-of-Kestra-1"
    assert os.environ["PGPASSWORD"] == "password-of-postgres"


def test_an_environment_gives_its_settings_and_a_variable_wins(tmp_path):
    assert surroundings.enter("dev", tmp_path).settings.kestra_url == "http://127.0.0.1:8080"
    os.environ["OPSFLOWS_KESTRA_URL"] = "http://127.0.0.1:8090"
    assert surroundings.enter("dev", tmp_path).settings.kestra_url == "http://127.0.0.1:8090"
    with pytest.raises(ConfigurationError):
        surroundings.enter("moon", tmp_path)


def test_what_docker_compose_knows_counts_last(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ["# comment", "EDGE_SERVER_NAME=hooks.example.com", "KESTRA_ADMIN_USERNAME='ops@example.com'"]
    (tmp_path / ".env").write_text("\n".join([*lines, "KESTRA_PORT=8081", "RUN_AS=1:1", ""]))
    monkeypatch.setattr(environments, "load", lambda name: environments.Environment(name=name, settings={}))
    found = surroundings.enter("stg", tmp_path)
    assert found.public_url == "https://hooks.example.com"
    assert found.settings.kestra_url == "http://127.0.0.1:8081"
    assert found.settings.kestra_username == "ops@example.com"
    assert "RUN_AS" not in os.environ


def test_without_an_environment_docker_compose_is_not_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("EDGE_SERVER_NAME=hooks.example.com\n")
    assert surroundings.enter(folder=tmp_path).public_url is None


def test_our_own_servers_may_be_private(tmp_path):
    os.environ["OPSFLOWS_KESTRA_URL"] = "http://127.0.0.1:8080"
    found = surroundings.enter(folder=tmp_path, public_url="https://hooks.example.com/")
    assert found.settings.http_allow_private == ("127.0.0.1:8080", "hooks.example.com:443")
    assert found.public_url == "https://hooks.example.com"


def test_a_folder_that_is_missing_or_cannot_be_read(tmp_path):
    assert surroundings.enter(folder=tmp_path / "none").secret("WHATSAPP_TOKEN") is None
    (tmp_path / "WHATSAPP_TOKEN").write_bytes(b"\xff\xfe")
    with pytest.raises(files.FolderError, match="WHATSAPP_TOKEN"):
        surroundings.enter(folder=tmp_path)


def test_there_is_no_local_stack(tmp_path):
    with pytest.raises(ConfigurationError, match="make up"):
        local_stack.variables(tmp_path)
