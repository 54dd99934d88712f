"""An environment's files: what is inherited, what is refused, and by which words."""

import json

import hypothesis
import pytest
import yaml
from hypothesis import strategies as st

from kit import settings
from kit.errors import ConfigurationError
from tools.deploy import environment_files, environments
from tools.secrets.catalogue import CATALOGUE

CONFIG = "namespace_files/config"


@pytest.fixture
def files(tmp_path):
    """Writes files of the folder; `files(prod={"extends": "base"})`."""

    def write(**contents):
        (tmp_path / CONFIG).mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            text = content if isinstance(content, str) else yaml.safe_dump(content)
            (tmp_path / CONFIG / f"{name}.yaml").write_text(text)
        return tmp_path

    return write


def refused(root, name="dev"):
    """What is said about an environment that cannot be read."""
    with pytest.raises(ConfigurationError) as raised:
        environments.load(name, root)
    return str(raised.value)


def with_settings(**values):
    return {"settings": values}


def test_the_nearer_file_wins_and_a_blank_takes_the_default(files):
    root = files(
        base=with_settings(OPSFLOWS_LOCALE="en", OPSFLOWS_TIMEZONE="UTC", OPSFLOWS_SHEET_NAME="Receipts"),
        shared={"extends": "base", **with_settings(OPSFLOWS_TIMEZONE="Europe/Lisbon", OPSFLOWS_SHEET_NAME="")},
        dev={"extends": "shared", "kestra": {"url": "http://127.0.0.1:1"}, **with_settings(OPSFLOWS_LOCALE="es")},
    )
    found = environments.load("dev", root)
    assert found.settings == {"OPSFLOWS_ENV": "dev", "OPSFLOWS_LOCALE": "es", "OPSFLOWS_TIMEZONE": "Europe/Lisbon"}
    assert (found.kestra_url, found.kestra_username) == ("http://127.0.0.1:1", None)


def test_the_server_is_inherited_key_by_key(files):
    root = files(
        base={"kestra": {"url": "https://kestra.acme.test", "username": "ops@acme.test"}},
        dev={"extends": "base", "kestra": {"username": "dev@acme.test"}},
    )
    found = environments.load("dev", root)
    assert (found.kestra_url, found.kestra_username) == ("https://kestra.acme.test", "dev@acme.test")


def test_what_the_file_says_is_what_a_task_reads(files, monkeypatch, tmp_path):
    root = files(
        dev=with_settings(
            OPSFLOWS_REVIEW_MIN_SCORE=0.9,
            OPSFLOWS_IMAGE_MAX_BYTES="1000",
            OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE=False,
            OPSFLOWS_EXTRACT_MODE="both",
            OPSFLOWS_HTTP_ALLOW_PRIVATE=["127.0.0.1:9"],
        )
    )
    (tmp_path / settings.SETTINGS_FILE).write_bytes(environments.load("dev", root).settings_json())
    monkeypatch.setenv("OPSFLOWS_RELEASE", str(tmp_path))
    found = settings.get()
    assert (str(found.review_min_score), found.image_max_bytes, found.whatsapp_verify_signature) == ("0.9", 1000, False)
    assert (found.extract_mode, found.http_allow_private) == ("both", ("127.0.0.1:9",))


def test_the_same_settings_are_the_same_bytes(files):
    root = files(dev="settings: {OPSFLOWS_LOCALE: en, OPSFLOWS_SHEET_NAME: Añadas}")
    first = environments.load("dev", root).settings_json()
    files(dev="# a note\nsettings: {OPSFLOWS_SHEET_NAME: Añadas, OPSFLOWS_LOCALE: en}")
    assert environments.load("dev", root).settings_json() == first
    assert json.loads(first)["OPSFLOWS_SHEET_NAME"] == "Añadas"


@pytest.mark.parametrize("name", ["test", "base", "../dev", "", "PROD"])
def test_an_unknown_environment_is_refused_with_the_known_ones(files, name):
    assert "There are: dev, prod." in refused(files(base={}, dev={}, prod={}), name)


def test_a_circle_is_shown(files):
    root = files(dev={"extends": "one"}, one={"extends": "two"}, two={"extends": "one"})
    assert f"{CONFIG}/two.yaml: extends: goes in a circle, dev → one → two → one" in refused(root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settings: [", "line 1"),
        ("- a", "the file: holds no keys"),
        ("settings: {1: a}", "settings: holds no keys"),
        ("settings: {OPSFLOWS_LOCALE: es, OPSFLOWS_LOCALE: en}", "OPSFLOWS_LOCALE stands here twice"),
        ("extend: base", "extend: is unknown; known are extends, kestra, settings"),
        ("extends: ../base", "extends: is the name of a file"),
        ("extends: none", f"{CONFIG}/none.yaml: is not there"),
        ("kestra: {host: a}", "kestra.host: is unknown; known are url, username"),
        ("kestra: {url: 'https://a:b@c'}", "kestra.url: is an address"),
        ("kestra: {url: kestra:8080}", "kestra.url: is an address"),
        ("kestra: {username: 7}", "kestra.username: is an e-mail address"),
        ("kestra: {password: Sup3rSecret}", "kestra.password: is a secret"),
        ("settings: {OPSFLOWS_LOCAL: es}", "settings.OPSFLOWS_LOCAL: is no setting; did you mean OPSFLOWS_LOCALE?"),
        ("settings: {OPSFLOWS_ENV: dev}", "settings.OPSFLOWS_ENV: is the file's name"),
        ("settings: {OPSFLOWS_KESTRA_URL: 'http://a'}", "settings.OPSFLOWS_KESTRA_URL: belongs under kestra"),
        (
            "settings: {OPSFLOWS_IMAGE_MAX_BYTES: many}",
            "settings.OPSFLOWS_IMAGE_MAX_BYTES: Input should be a valid integer",
        ),
        ("settings: {OPSFLOWS_IMAGE_MAX_BYTES: true}", "settings.OPSFLOWS_IMAGE_MAX_BYTES: is yes or no in YAML"),
        ("settings: {OPSFLOWS_DEFAULT_COUNTRY: NO}", "settings.OPSFLOWS_DEFAULT_COUNTRY: is yes or no in YAML"),
        ("settings: {OPSFLOWS_EXTRACT_TIMEOUT_S: .inf}", "settings.OPSFLOWS_EXTRACT_TIMEOUT_S"),
        ("settings: {OPSFLOWS_EXTRACT_MODE: {a: b}}", "settings.OPSFLOWS_EXTRACT_MODE"),
    ],
)
def test_a_mistake_is_told_by_file_and_key(files, text, said):
    message = refused(files(dev=text))
    assert said in message
    assert f"{CONFIG}/" in message
    assert message.endswith("docs/settings.md explains each key.")


def test_every_mistake_of_a_file_is_told_at_once(files):
    message = refused(files(dev={"extend": "base", **with_settings(OPSFLOWS_X="1", OPSFLOWS_LOG_LEVEL="LOUD")}))
    assert all(name in message for name in ("extend:", "OPSFLOWS_X", "OPSFLOWS_LOG_LEVEL"))


def test_a_mistake_in_an_inherited_file_is_told_there_even_when_overridden(files):
    root = files(
        base=with_settings(OPSFLOWS_LOG_LEVEL="LOUD"),
        dev={"extends": "base", **with_settings(OPSFLOWS_LOG_LEVEL="INFO")},
    )
    assert f"{CONFIG}/base.yaml: settings.OPSFLOWS_LOG_LEVEL" in refused(root)


@pytest.mark.parametrize("name", [*(secret.name for secret in CATALOGUE), "OPSFLOWS_KESTRA_PASSWORD", "ACME_API_KEY"])
def test_no_secret_may_stand_in_a_file(files, name):
    message = refused(files(dev=with_settings(**{name: "Value-That-Is-Told-To-Nobody"})))
    assert f"settings.{name}: is a secret" in message
    assert "Told-To-Nobody" not in message


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://opsflows:Sup3rSecret@postgres/opsflows",
        "host=postgres user=opsflows password=Sup3rSecret",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "xoxb-1234567890-abcdefghij",
        "sk-proj-abcdefghijklmnopqrstuvwx",
        "EAAGm0PX4ZCpsBAabcdefghijklmnopqrstuv",
        "AIzaSyA-1234567890abcdefghijklmnopqrstuv",
        "hvs.CAESIJabcdefghijklmnop",
        "0123456789abcdef0123456789abcdef",
        "Zm9vYmFyMTIzQUJDREVGR0hJSktMTU5PUFFSU1RVVg==",
        '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----"}',
    ],
)
@pytest.mark.parametrize("listed", [False, True])
def test_a_value_with_the_shape_of_a_secret_is_refused_and_not_repeated(files, value, listed):
    given = {"OPSFLOWS_HTTP_ALLOW_PRIVATE": [value]} if listed else {"OPSFLOWS_PG_DSN": value}
    message = refused(files(dev=with_settings(**given)))
    assert "looks like a secret" in message
    assert value not in message


@pytest.mark.parametrize(
    "value",
    [
        "https://models.acme.test/openai/deployments/Gpt6Luna2026/v1",
        "host=postgres port=5432 dbname=opsflows user=opsflows connect_timeout=10",
        "/openai/deployments/Receipts-Reader-2",
        "Tickets de la Oficina Central 2026",
    ],
)
def test_an_address_or_a_name_is_no_secret(files, value):
    assert (
        environments.load("dev", files(dev=with_settings(OPENAI_BASE_URL=value))).settings["OPENAI_BASE_URL"] == value
    )


def test_a_random_spreadsheet_id_is_no_secret_and_a_token_in_its_place_is(files):
    sheet = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
    assert environments.load("prod", files(prod=with_settings(OPSFLOWS_SHEET_ID=sheet))).settings["OPSFLOWS_SHEET_ID"]
    assert "looks like a secret" in refused(files(prod=with_settings(OPSFLOWS_SHEET_ID="xoxb-1234567890-abc")), "prod")


@pytest.mark.parametrize("name", ["stg", "prod"])
def test_a_real_environment_takes_no_made_up_value(files, name):
    base = {"kestra": {"url": "https://kestra.example.com"}, **with_settings(OPSFLOWS_SHEET_ID="CHANGE-ME")}
    message = refused(files(base=base, **{name: {"extends": "base"}}), name)
    assert f"{CONFIG}/base.yaml: kestra.url: write a value of your own there" in message
    assert f"{CONFIG}/base.yaml: settings.OPSFLOWS_SHEET_ID: write a value of your own there" in message


@pytest.mark.parametrize("name", ["stg", "prod"])
def test_a_real_environment_needs_its_sheet(files, name):
    message = refused(files(**{name: with_settings(OPSFLOWS_SHEET_ID="")}), name)
    assert f"{CONFIG}/{name}.yaml: settings.OPSFLOWS_SHEET_ID: {name} cannot do without it" in message
    assert environments.load("dev", files(dev={})).settings == {"OPSFLOWS_ENV": "dev"}


def test_production_never_takes_unsigned_posts(files):
    given = {"OPSFLOWS_SHEET_ID": "sheet", "OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE": False}
    root = files(base=with_settings(**given), prod={"extends": "base"}, stg={"extends": "base"})
    assert f"{CONFIG}/base.yaml: settings.OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE" in refused(root, "prod")
    assert environments.load("stg", root).settings["OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE"] is False


def test_this_checkout_needs_only_the_values_that_are_the_users_own():
    assert environments.available() == ["dev", "stg", "prod"]
    assert environments.load("dev").settings["OPSFLOWS_ENV"] == "dev"
    for name in environments.REAL:
        message = refused(environments.ROOT, name)
        assert message.count(CONFIG) == 1
        assert f"{CONFIG}/{name}.yaml: settings.OPSFLOWS_SHEET_ID: write a value of your own" in message


def test_base_shows_every_setting_and_says_what_the_code_defaults_to():
    shown = environment_files.read(environments.ROOT, "base").settings
    elsewhere = {*environment_files.ELSEWHERE, "OPSFLOWS_KESTRA_PASSWORD"}
    assert set(shown) == set(settings.names()) - elsewhere
    typed, problems = environment_files.typed({key: value for key, value in shown.items() if value is not None})
    assert problems == []
    defaults = settings.Settings().model_dump(mode="json", by_alias=True)
    assert {key: value for key, value in typed.items() if defaults[key] != value} == {}


WORDS = st.text(st.characters(categories=("Ll", "Zs", "Po"), include_characters="ñé"), min_size=1, max_size=20)
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "OPSFLOWS_SHEET_NAME": WORDS.filter(str.strip),
        "OPSFLOWS_LOG_LEVEL": st.sampled_from(["debug", "INFO", "Warning"]),
        "OPSFLOWS_IMAGE_MAX_BYTES": st.integers(1, 2**40),
        "OPSFLOWS_EXTRACT_TIMEOUT_S": st.floats(0.001, 1e6),
        "OPSFLOWS_REVIEW_MIN_SCORE": st.decimals(0, 1, places=3).map(float),
        "OPSFLOWS_WHATSAPP_VERIFY_SIGNATURE": st.booleans(),
        "OPSFLOWS_HTTP_ALLOW_PRIVATE": st.lists(st.from_regex(r"[a-z]{1,9}:[0-9]{1,4}", fullmatch=True), max_size=3),
    },
)


@hypothesis.given(GIVEN)
def test_a_task_reads_from_the_release_what_it_would_read_from_the_file(tmp_path_factory, given):
    root = tmp_path_factory.mktemp("checkout")
    (root / CONFIG).mkdir(parents=True)
    (root / CONFIG / "dev.yaml").write_text(yaml.safe_dump(with_settings(**given), allow_unicode=True))
    stored = json.loads(environments.load("dev", root).settings_json())
    assert settings.Settings.model_validate(stored) == settings.Settings.model_validate(given)
