"""One bill from two of cyclonedx-py's: versions and hashes from the lock, licences and graph from what is installed.

The same lock and the same packages give the same bytes.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tools.sbom.licences import stated

Document = dict[str, Any]
# Libraries whose file lies in this repository as npm has it: the file, name, version, licence (docs/licences.md).
SHIPPED = (("console/static/uplot.min.js", "uplot", "1.6.32", "MIT"),)


class BillError(Exception):
    """The bill could not be made; the message says what to do."""


def make(root: Path, lock: Path) -> str:
    """The bill's text.

    Raises:
        BillError: the lock cannot be read, or the result is not CycloneDX.
    """
    project = ("--pyproject", str(root / "pyproject.toml"))
    locked = _cyclonedx("requirements", str(lock), *project)
    installed = _cyclonedx("environment", sys.executable, *project)
    text = json.dumps(_merge(root, locked, installed), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    if problem := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise BillError(f"The bill is not CycloneDX 1.6: {problem}. Report it with the version of cyclonedx-bom.")
    return text


def components(text: str) -> list[Document]:
    """The packages of a bill."""
    return list(json.loads(text)["components"])


def project_version(root: Path) -> str:
    """The version in pyproject.toml."""
    return str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def canonical(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _cyclonedx(*arguments: str) -> Document:
    command = [
        "-m",
        "cyclonedx_py",
        *arguments,
        "--no-validate",
        "--output-reproducible",
        "--output-format",
        "JSON",
        "--sv",
        "1.6",
    ]
    ran = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    if ran.returncode:
        raise BillError(
            f"cyclonedx-py {arguments[0]} failed: {ran.stderr.strip()[-500:]} Run make setup and try again."
        )
    return dict(json.loads(ran.stdout))


def _merge(root: Path, locked: Document, installed: Document) -> Document:
    known = {canonical(component["name"]): component for component in installed["components"]}
    whole = [_component(component, known.get(canonical(component["name"]), {})) for component in locked["components"]]
    whole += [_shipped(root, *about) for about in SHIPPED]
    whole.sort(key=lambda component: component["bom-ref"])
    return locked | {"components": whole, "dependencies": list(_graph(locked, installed, whole))}


def _component(component: Document, installed: Document) -> Document:
    """A package: without the lock's line as its description, with a name for its reference, and its licences."""
    kept = {key: value for key, value in component.items() if key != "description"}
    reference = f"{canonical(component['name'])}=={component['version']}"
    found = stated(canonical(component["name"]), installed.get("licenses", []))
    about = {key: installed[key] for key in ("description",) if key in installed}
    return kept | about | {"bom-ref": reference} | ({"licenses": found} if found else {})


def _shipped(root: Path, file: str, name: str, version: str, licence: str) -> Document:
    digest = hashlib.sha256((root / file).read_bytes()).hexdigest()
    return {
        "type": "library",
        "bom-ref": f"{name}=={version}",
        "name": name,
        "version": version,
        "purl": f"pkg:npm/{name}@{version}",
        "licenses": [{"expression": licence}],
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }


def _graph(locked: Document, installed: Document, whole: list[Document]) -> Iterator[Document]:
    """Who needs whom, among the locked packages."""
    names = {component["bom-ref"]: canonical(component["name"]) for component in installed["components"]}
    references: dict[str, list[str]] = {}
    for component in whole:
        references.setdefault(canonical(component["name"]), []).append(component["bom-ref"])
    root = locked["metadata"]["component"]["bom-ref"]
    for entry in sorted(installed["dependencies"], key=lambda entry: str(entry["ref"])):
        needs = sorted(ref for dep in entry.get("dependsOn", ()) for ref in references.get(names.get(dep, ""), ()))
        for reference in references.get(names.get(entry["ref"], ""), [root] if entry["ref"] == root else []):
            yield {"ref": reference, "dependsOn": needs}
