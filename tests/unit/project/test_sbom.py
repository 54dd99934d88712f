"""The bill of materials and the audit: complete, valid, reproducible, and honest about what they do not know."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.audit import __main__ as audit
from tools.sbom import __main__ as command
from tools.sbom import bill, licences

ROOT = Path(__file__).resolve().parents[3]
LOCK = ROOT / "requirements-image.lock"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("sbom") / "bill.json"
    assert command.main(["--output", str(file)]) == 0
    return file.read_text()


def locked() -> dict[tuple[str, str], set[str]]:
    """(name, version) to hashes, read without cyclonedx."""
    entries = re.findall(r"^([a-z0-9._-]+)==([^ ]+)[^\n]*\n((?:    --hash=.*\n)+)", LOCK.read_text(), re.MULTILINE)
    return {(name, version): set(re.findall("sha256:([0-9a-f]{64})", hashes)) for name, version, hashes in entries}


def packages(text: str) -> list[dict[str, Any]]:
    """The components that are Python packages."""
    return [part for part in bill.components(text) if part["purl"].startswith("pkg:pypi/")]


def hashes(component: dict[str, Any]) -> set[str]:
    return {found["content"] for reference in component["externalReferences"] for found in reference.get("hashes", ())}


def test_every_locked_package_is_in_it_with_its_hashes(text: str):
    there = {(bill.canonical(part["name"]), part["version"]): hashes(part) for part in packages(text)}
    assert there == locked()
    assert len(there) == LOCK.read_text().count("==") - len(re.findall(r";.*==", LOCK.read_text()))
    assert all(there.values())


def test_it_is_cyclonedx_and_names_the_project(text: str):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    root = json.loads(text)["metadata"]["component"]
    assert (root["name"], root["version"]) == ("opsflows", bill.project_version(ROOT))
    assert str(ROOT) not in text
    assert all(part["purl"] == f"pkg:pypi/{bill.canonical(part['name'])}@{part['version']}" for part in packages(text))


def test_what_lies_in_the_repository_is_in_it_and_in_the_docs(text: str):
    shipped = {part["name"]: part for part in bill.components(text) if part not in packages(text)}
    page = (ROOT / "docs/licences.md").read_text().split("## What lies in this repository")[1].split("\n## ")[0]
    for file, name, version, licence in bill.SHIPPED:
        content = (ROOT / file).read_bytes()
        assert shipped.pop(name)["hashes"][0]["content"] == hashlib.sha256(content).hexdigest()
        assert version.encode() in content[:200], "the file says its version itself"
        assert f"`{file}`" in page
        assert version in page
        assert licence in page
    assert not shipped
    for found in re.findall(r"`(console/[^`]+)`", page):
        assert (ROOT / found).is_file()


def test_the_graph_says_who_needs_whom(text: str):
    needs = {entry["ref"]: entry.get("dependsOn", []) for entry in json.loads(text)["dependencies"]}
    assert any(
        ref.startswith("urllib3==") for name, refs in needs.items() if name.startswith("requests==") for ref in refs
    )
    root = json.loads(text)["metadata"]["component"]["bom-ref"]
    assert any(ref.startswith("gspread==") for ref in needs[root])


def test_made_again_it_is_the_same(text: str):
    assert bill.make(ROOT, LOCK) == text


def test_every_licence_was_looked_at_and_the_docs_name_those_that_ask_for_something(text: str):
    licences.refuse_unknown(text)
    page = (ROOT / "docs/licences.md").read_text().split("## Packages that ask for more")[1].split("\n## ")[0]
    named = dict(re.findall(r"^\| `([a-z0-9-]+)` \| ([^|]+?) \|", page, re.MULTILINE))
    assert named == licences.copyleft(text)
    assert licences.LOOKED_UP.keys() <= licences.expressions(text).keys(), "nothing is listed that we no longer use"


@pytest.mark.parametrize("expression", ["GPL-3.0-only", "", "MIT AND AGPL-3.0-or-later", "LicenseRef-Own"])
def test_an_unknown_licence_is_refused(expression: str):
    found = [{"expression": expression}] if expression else []
    with pytest.raises(licences.LicenceError, match="left-pad"):
        licences.refuse_unknown(json.dumps({"components": [{"name": "left-pad", "licenses": found}]}))


def test_a_lock_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert command.main(["--lock", str(tmp_path / "missing.lock"), "--output", str(tmp_path / "x")]) == 1
    assert "cyclonedx-py requirements failed" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


GOOD = {"name": "good", "version": "1", "vulns": []}
BAD = {"name": "bad", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
SKIPPED = {"name": "unknown", "skip_reason": "Dependency not found on PyPI and could not be audited: unknown (1)"}


@pytest.mark.parametrize(
    ("packages", "code"),
    [([GOOD], 0), ([GOOD, BAD], 1), ([GOOD, SKIPPED], 2), ([BAD, SKIPPED], 2), ([], 2)],
)
def test_an_audit_is_clean_only_when_everything_was_looked_up(
    packages: list[dict[str, Any]], code: int, capsys: pytest.CaptureFixture[str]
):
    assert audit.verdict("requirements.lock", packages) == code
    said = capsys.readouterr()
    assert ("Could not audit" in said.err) == (code == 2)
    assert ("PYSEC-1, fixed in 2" in said.out) == (BAD in packages)


def test_packages_of_every_platform_are_asked_for():
    asked = [re.findall(r"^(\S+)==(\S+)", part, re.MULTILINE) for part in audit.rounds(LOCK.read_text())]
    assert {tuple(package) for part in asked for package in part} == locked().keys()
    assert all(len({name for name, _ in part}) == len(part) for part in asked)
    assert len(asked) > 1, "numpy is there twice"


@pytest.mark.parametrize("lock", [None, "", "requests==2.34.2\n"])
def test_an_audit_that_cannot_begin_fails(lock: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "broken.lock"
    if lock is not None:
        file.write_text(lock)
    assert audit.main([str(file)]) == 2
    assert "Could not audit: broken.lock" in capsys.readouterr().err
