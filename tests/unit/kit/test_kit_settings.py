"""Settings and secrets come from the environment, and what is wrong is named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from kit import files, redaction, secrets, settings
from kit.errors import ConfigurationError


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in settings.names():
        monkeypatch.delenv(name, raising=False)


def test_defaults_apply_and_a_blank_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("OPSFLOWS_LOCALE", "  ")
    found = settings.get()
    assert (found.env, found.locale, found.default_currency, found.pg_dsn) == ("dev", "es", "EUR", None)
    assert found.whatsapp_media_hosts == ("lookaside.fbsbx.com", "*.fbcdn.net", "graph.facebook.com")
    assert (found.review_min_score, found.image_max_bytes) == (Decimal("0.85"), 16_000_000)


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
    ],
)
def test_a_wrong_value_names_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        settings.get()


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
