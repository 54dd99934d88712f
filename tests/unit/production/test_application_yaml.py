"""application.yaml: each key is one that Kestra reads, no value is a secret, and the docs say where each is read."""

import re
import struct
import zipfile

import imagekit
import pytest
import yaml
from test_entrypoint import load_entrypoint

DOCUMENT = yaml.safe_load((imagekit.ROOT / "application.yaml").read_text())
JARS = sorted((imagekit.ROOT / "local/kestra/target/lib").glob("*-2.0.*.jar"))
# Read by Kestra's web server and CLI, which are not published as libraries: docs/production.md cites their sources.
OF_THE_SERVER = {
    "kestra.server.basic-auth.username",
    "kestra.server.basic-auth.password",
    "kestra.server.basic-auth.open-urls",
    "kestra.tutorial-flows.enabled",
    "kestra.ui-anonymous-usage-report.enabled",
}
# Bytes that follow the tag of each kind of constant; 1 is text of its own length, 5 and 6 take two places.
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}


def leaves(node, path=()):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    else:
        yield ".".join(path), node


KEYS = dict(leaves(DOCUMENT))


def texts(compiled: bytes):
    """The texts of a class file's constant pool."""
    (count,) = struct.unpack_from(">H", compiled, 8)
    at, place = 10, 1
    while place < count:
        tag = compiled[at]
        if tag == 1:
            (length,) = struct.unpack_from(">H", compiled, at + 1)
            yield compiled[at + 3 : at + 3 + length].decode(errors="replace")
            at += 3 + length
        else:
            at += 1 + _SIZES[tag]
        place += 2 if tag in (5, 6) else 1


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Every configuration key that the engine's classes mention."""
    found = set()
    for jar in JARS:
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if name.endswith(".class"):
                    for text in texts(archive.read(name)):
                        found |= set(re.findall(r"kestra(?:\.[a-z0-9*]+(?:-[a-z0-9]+)*)+", text))
    return found


def test_each_key_of_kestra_is_one_that_the_engine_reads(known):
    if not JARS:
        pytest.skip("the engine is not built: make setup")
    ours = {key for key in KEYS if key.startswith("kestra.")}
    assert sorted(ours - known - OF_THE_SERVER) == []


def test_a_key_that_nobody_reads_would_be_found(known):
    if not JARS:
        pytest.skip("the engine is not built: make setup")
    assert len(known) > 100
    # What the documentation of older versions names.
    assert not {"kestra.heartbeat.frequency", "kestra.server.termination-grace", "kestra.server.basicAuth"} & known


def test_keys_are_in_kebab_case():
    values = {key for key in KEYS if ".configurations" not in key}
    assert not [key for key in values if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*", key)]


def test_placeholders_are_what_the_container_is_given():
    text = (imagekit.ROOT / "application.yaml").read_text()
    required = set(re.findall(r"\$\{(\w+)\}", text))
    with_default = set(re.findall(r"\$\{(\w+):", text))
    given = set(imagekit.compose()["services"]["kestra"]["environment"])
    assert required == set(load_entrypoint().PLATFORM) | {"KESTRA_ADMIN_USERNAME"}
    assert with_default <= given


def test_no_value_is_a_password():
    secret = {key: value for key, value in KEYS.items() if re.search(r"password$|secret-key$", key)}
    assert len(secret) == 3
    assert all(re.fullmatch(r"\$\{KESTRA_\w+\}", value) for value in secret.values())


def test_only_ping_and_webhooks_are_reached_without_a_password():
    assert KEYS["kestra.server.basic-auth.open-urls"] == ["/ping", "/api/v1/main/executions/webhook/"]


def test_only_health_and_metrics_are_told_on_the_management_port():
    opened = {key.split(".")[1] for key, value in KEYS.items() if key.startswith("endpoints.") and value is False}
    assert DOCUMENT["endpoints"]["all"]["enabled"] is False
    assert opened == {"all", "health", "prometheus"}


def test_expressions_see_no_variable_that_holds_a_secret():
    prefix = KEYS["kestra.variables.env-vars-prefix"]
    given = {*imagekit.compose()["services"]["kestra"]["environment"], *load_entrypoint().PLATFORM, "SECRET_X"}
    assert prefix == "ENV_"
    assert not [name for name in given if name.startswith(prefix)]


def test_every_neighbour_is_denied_to_kestras_http_tasks():
    denied = KEYS["kestra.tasks.http.denied-list"]
    for host in (*imagekit.compose()["services"], "localhost", "127.0.0.1", "169.254.169.254", "[::1]", "10.0.0.1"):
        if host == "backup":
            continue
        for scheme in ("http", "https"):
            assert [begin for begin in denied if f"{scheme}://{host}/".startswith(begin)], host


def test_the_docs_say_of_each_key_where_it_is_read():
    text = (imagekit.ROOT / "docs/production.md").read_text()
    rows = dict(re.findall(r"(?m)^\| `((?:kestra|datasources|endpoints|micronaut)\.[^`]+)` \| (.*) \|$", text))
    groups = [row.removesuffix(".*") for row in rows]
    assert not [key for key in KEYS if not any(key == group or key.startswith(f"{group}.") for group in groups)]
    assert not [group for group in groups if not any(key == group or key.startswith(f"{group}.") for key in KEYS)]
    cited = {
        key for row, said in rows.items() if "](https://" in said for key in KEYS if key.startswith(row.rstrip("*"))
    }
    assert cited >= OF_THE_SERVER | {key for key in KEYS if not key.startswith("kestra.")}
