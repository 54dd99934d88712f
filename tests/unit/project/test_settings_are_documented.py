"""The settings that the code reads, those of .env.example and those of the docs are the same set; so with secrets."""

import re
from pathlib import Path

from kit import settings
from tools.secrets.catalogue import BY_NAME, CATALOGUE, FLOWS, PREVIOUS, Secret, needed_by

ROOT = Path(__file__).resolve().parents[3]
NAME = r"(?:OPSFLOWS|WHATSAPP|OPENAI|GOOGLE|SLACK|VAULT|HUBSPOT|MANYCHAT|PAGERDUTY)_[A-Z_]+"
NAMES_OF_SECRETS = rf"\| `(?:{'|'.join(BY_NAME)})` \| (?:yes|no) \|"
# Passed by flows to each task, not set by people: docs/kit.md.
CORRELATION = {
    "OPSFLOWS_RELEASE",
    "OPSFLOWS_EXECUTION_ID",
    "OPSFLOWS_FLOW_ID",
    "OPSFLOWS_NAMESPACE",
    "OPSFLOWS_TASK_ID",
    "OPSFLOWS_TASKRUN_ID",
    "OPSFLOWS_ATTEMPT",
    "OPSFLOWS_TRACEPARENT",
}


def in_example() -> set[str]:
    return set(re.findall(rf"^({NAME})=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def in_docs() -> set[str]:
    return set(re.findall(rf"^\| `({NAME})` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))


def secrets_in_flows() -> set[str]:
    texts = [path.read_text() for path in (ROOT / "flows").rglob("*.yaml")]
    return {name for text in texts for name in re.findall(r"secret\('([A-Z_]+)'\)", text)}


def test_example_and_docs_list_the_same():
    assert in_example() == in_docs()


def test_the_code_reads_what_is_listed():
    assert set(settings.names()) == in_docs()


def test_flows_name_the_secrets_of_the_catalogue():
    """Each of them, and no other: a missing one is not rendered, a needless one is asked of people for nothing."""
    assert secrets_in_flows() == {secret.name for secret in needed_by(FLOWS)}


def test_the_docs_list_the_catalogue():
    listed = re.findall(r"^\| `[A-Z_]+` \|.*", (ROOT / "docs/secrets.md").read_text(), re.MULTILINE)
    assert [line for line in listed if re.match(NAMES_OF_SECRETS, line)] == [row(secret) for secret in CATALOGUE]


def row(secret: Secret) -> str:
    wanted = "yes" if secret.required else "no"
    services = ", ".join(sorted(secret.needed_by))
    return f"| `{secret.name}` | {wanted} | {services} | {secret.meaning} | {secret.how} |"


def test_the_docs_say_how_each_secret_is_changed():
    section = (ROOT / "docs/secrets.md").read_text().partition("## Changing one")[2].partition("###")[0]
    told = set(re.findall(r"^\| `([A-Z_]+)` \|", section, re.MULTILINE))
    assert told == {name for name in BY_NAME if not name.endswith(PREVIOUS)}


def test_no_secret_is_a_setting():
    assignments = re.findall(r"^#?\s*([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert set(BY_NAME) & {*assignments, *settings.names()} == set()


def test_no_other_module_reads_settings_from_the_environment():
    readers = {
        str(path.relative_to(ROOT / "scripts"))
        for path in (ROOT / "scripts").rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text())
    }
    assert [reader for reader in readers if not reader.startswith("kit/")] == []


def test_flows_pass_only_the_known_correlation():
    texts = [path.read_text() for path in (ROOT / "flows").rglob("*.yaml")]
    passed = {name for text in texts for name in re.findall(r"^\s+(OPSFLOWS_[A-Z_]+):", text, re.MULTILINE)}
    # The password of Kestra is a setting for commands, and a secret for the flows that look after Kestra.
    assert passed <= CORRELATION | set(BY_NAME) | {"OPSFLOWS_KESTRA_PASSWORD"}
