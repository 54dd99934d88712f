"""Settings and secrets come from the environment, and what is wrong is named."""

from __future__ import annotations

import json
import re

import pytest
from pydantic import ValidationError

from kit import files, logging, redaction, secrets, settings
from kit.errors import ConfigurationError


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in [*settings.names(), "OPSFLOWS_RELEASE"]:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def stored(monkeypatch, tmp_path):
    """Writes the settings.json of the release that the task runs in."""
    monkeypatch.setenv("OPSFLOWS_RELEASE", str(tmp_path))

    def write(content):
        path = tmp_path / settings.SETTINGS_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))

    return write


def test_defaults_apply_and_a_blank_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("OPSFLOWS_LOCALE", "  ")
    found = settings.get()
    assert (found.env, found.locale, found.default_currency, found.pg_dsn) == ("dev", "es", "EUR", None)
    assert found.whatsapp_media_hosts == ("lookaside.fbsbx.com", "*.fbcdn.net", "graph.facebook.com")
    assert (found.review_min_score, found.image_max_bytes) == (None, 16_000_000)


def test_values_are_typed(monkeypatch):
    for name, value in {
        "OPSFLOWS_HTTP_ALLOW_PRIVATE": "127.0.0.1:1, localhost:2 ,",
        "OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE": "false",
        "OPSFLOWS_EXTRACT_TIMEOUT_S": "12.5",
        "OPSFLOWS_LOG_LEVEL": "debug",
    }.items():
        monkeypatch.setenv(name, value)
    found = settings.get()
    assert found.http_allow_private == ("127.0.0.1:1", "localhost:2")
    assert (found.whatsapp_verify_signature, found.extract_timeout_s, found.log_level) == (False, 12.5, "DEBUG")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPSFLOWS_EXTRACT_TIMEOUT_S", "soon"),
        ("OPSFLOWS_EXTRACT_TIMEOUT_S", "-1"),
        ("OPSFLOWS_LOG_LEVEL", "LOUD"),
        ("OPSFLOWS_REVIEW_MIN_SCORE", "1.5"),
        ("OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE", "perhaps"),
        ("OPSFLOWS_ENV", "test"),
        ("OPSFLOWS_EXTRACT_TIMEOUT_S", "inf"),
    ],
)
def test_a_wrong_value_names_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as raised:
        settings.get()
    assert "settings.json" not in str(raised.value)
    assert str(raised.value).endswith("Correct the variable; see .env.example.")


def test_a_variable_wins_over_the_release_and_the_release_over_the_default(monkeypatch, stored):
    stored({"OPSFLOWS_LOCALE": "en", "OPSFLOWS_SHEET_NAME": "Receipts", "OPSFLOWS_HTTP_ALLOW_PRIVATE": ["a:1", "b:2"]})
    monkeypatch.setenv("OPSFLOWS_LOCALE", "es")
    monkeypatch.setenv("OPSFLOWS_SHEET_NAME", " ")
    found = settings.get()
    assert (found.locale, found.sheet_name, found.timezone) == ("es", "Receipts", "Europe/Madrid")
    assert found.http_allow_private == ("a:1", "b:2")


def test_a_release_without_settings_leaves_the_defaults(monkeypatch, tmp_path):
    monkeypatch.setenv("OPSFLOWS_RELEASE", str(tmp_path))
    assert settings.get() == settings.Settings()


def test_outside_a_release_no_file_is_read(monkeypatch, stored):
    stored({"OPSFLOWS_LOCALE": "en"})
    monkeypatch.delenv("OPSFLOWS_RELEASE")
    assert settings.get().locale == "es"


@pytest.mark.parametrize("content", [{"OPSFLOWS_LOG_LEVEL": "LOUD"}, {"OPSFLOWS_LOG_LEVEL": 7}, {"ACME": "1"}])
def test_a_wrong_value_in_the_release_names_the_file(stored, content):
    stored(content)
    with pytest.raises(ConfigurationError, match=next(iter(content))) as raised:
        settings.get()
    assert "(in namespace_files/config/settings.json)" in str(raised.value)
    assert str(raised.value).endswith("namespace_files/config and deploy a new release.")


def test_wrong_values_in_both_are_told_apart(monkeypatch, stored):
    stored({"OPSFLOWS_LOG_LEVEL": "LOUD"})
    monkeypatch.setenv("OPSFLOWS_IMAGE_MAX_BYTES", "many")
    with pytest.raises(ConfigurationError) as raised:
        settings.get()
    assert re.search(r"OPSFLOWS_LOG_LEVEL: [^;]*\(in namespace", str(raised.value))
    assert re.search(r"OPSFLOWS_IMAGE_MAX_BYTES: [^(;]*\.", str(raised.value))


@pytest.mark.parametrize("content", ["{", "[]", "", '"text"'])
def test_a_broken_file_of_the_release_is_told(stored, content):
    stored(content)
    with pytest.raises(ConfigurationError, match=r"settings\.json is no JSON object") as raised:
        settings.get()
    assert str(raised.value).endswith("Deploy the release again.")


@pytest.mark.parametrize(
    ("variable", "content", "said"),
    [
        ("", {"OPSFLOWS_LOG_LEVEL": "DEBUG"}, ["debug", "info"]),
        ("warning", {"OPSFLOWS_LOG_LEVEL": "DEBUG"}, []),
        ("", {}, ["info"]),
        ("", "{", ["info"]),
        ("LOUD", {}, ["info"]),
    ],
)
def test_the_log_level_too_comes_from_the_release(monkeypatch, stored, capsys, variable, content, said):
    stored(content)
    monkeypatch.setenv("OPSFLOWS_LOG_LEVEL", variable)
    logging.get("t").debug("debug")
    logging.get("t").info("info")
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["event"] for line in lines] == said


def test_production_takes_no_unsigned_posts(monkeypatch, stored):
    stored({"OPSFLOWS_ENV": "prod"})
    monkeypatch.setenv("OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE", "false")
    with pytest.raises(ConfigurationError, match=r"OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE: .*must be true in prod"):
        settings.get()
    monkeypatch.setenv("OPSFLOWS_ENV", "stg")
    assert settings.get().whatsapp_verify_signature is False


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        settings.get().env = "prod"


def test_every_setting_has_a_variable_and_a_meaning():
    for name, field in settings.Settings.model_fields.items():
        assert field.alias, name
        assert field.description, name
    assert len(settings.names()) == len(set(settings.names())) == len(settings.Settings.model_fields)


def test_links_point_to_the_public_address_when_there_is_one(monkeypatch):
    assert settings.get().public_url is None
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", "http://127.0.0.1:8080/")
    assert settings.get().public_url == "http://127.0.0.1:8080"
    monkeypatch.setenv("OPSFLOWS_KESTRA_PUBLIC_URL", "https://kestra.example.com")
    assert settings.get().public_url == "https://kestra.example.com"


def test_a_required_setting_that_is_missing_is_named():
    assert settings.require("x", "OPSFLOWS_SHEET_ID") == "x"
    with pytest.raises(ConfigurationError, match="OPSFLOWS_SHEET_ID"):
        settings.require(None, "OPSFLOWS_SHEET_ID")


def test_a_missing_secret_is_named_and_never_guessed(monkeypatch):
    monkeypatch.setenv("ACME_TOKEN", "  ")
    assert secrets.optional("ACME_TOKEN") is None
    with pytest.raises(ConfigurationError, match="ACME_TOKEN") as raised:
        secrets.get("ACME_TOKEN")
    assert raised.value.code == "secret_missing"


def test_during_a_rotation_both_secrets_are_live(monkeypatch):
    monkeypatch.setenv("ACME_TOKEN", "new-value-1")
    assert secrets.live("ACME_TOKEN") == ["new-value-1"]
    monkeypatch.setenv("ACME_TOKEN_PREVIOUS", "old-value-1")
    assert secrets.live("ACME_TOKEN") == ["new-value-1", "old-value-1"]
    assert "value-1" not in redaction.mask_registered("new-value-1 old-value-1")


@pytest.mark.parametrize("path", ["../pyproject.toml", "/etc/passwd", "messages/none.json", "messages"])
def test_only_files_of_the_release_are_read(path):
    with pytest.raises(ConfigurationError):
        files.read_text(path)


def test_a_file_is_found_from_anywhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert files.namespace_file("sql/migrations/0001_ops.sql").is_file()
    assert files.namespace_folder("sql/migrations").is_dir()
    with pytest.raises(ConfigurationError):
        files.namespace_folder("sql/none")
