"""The settings and secrets that the code reads, those of .env.example and those of the docs are the same set."""

import re
from pathlib import Path

from kit import settings

ROOT = Path(__file__).resolve().parents[3]
NAME = r"(?:OPSFLOWS|WHATSAPP|OPENAI|GOOGLE|SLACK)_[A-Z_]+"
# Passed by flows to each task, not set by people: docs/kit.md.
CORRELATION = {
    "OPSFLOWS_RELEASE",
    "OPSFLOWS_EXECUTION_ID",
    "OPSFLOWS_FLOW_ID",
    "OPSFLOWS_NAMESPACE",
    "OPSFLOWS_TASK_ID",
    "OPSFLOWS_TASKRUN_ID",
    "OPSFLOWS_ATTEMPT",
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
    assert set(settings.names()) | secrets_in_flows() == in_docs()


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
    assert passed <= CORRELATION
