"""What a release consists of: its version, the files that tasks read, and the flows."""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

from kit.errors import ConfigurationError
from platform_tasks.alerts import rules

ROOT = Path(__file__).resolve().parents[2]
FILE_FOLDERS = ("scripts", "namespace_files")
FLOW_FOLDER = "flows"
LEFT_OUT = {"__pycache__", ".mypy_cache", ".ruff_cache"}
MANIFEST = "manifest.json"
SETTINGS = "namespace_files/config/settings.json"
# Who is told of what; every environment has the same, since what a channel is stands in the settings.
ALERTS = f"namespace_files/{rules.FILE}"


@dataclass(frozen=True)
class Flow:
    """A flow as it lies in git."""

    namespace: str
    id: str
    release: str | None
    source: str
    path: Path

    @property
    def name(self) -> str:
        """Namespace and id, as people write them."""
        return f"{self.namespace}.{self.id}"

    @property
    def stored_as(self) -> str:
        """Where the source lies below the release's folder, so that a rollback needs no checkout."""
        return f"{FLOW_FOLDER}/{self.path.parent.name}/{self.path.name}"


@dataclass(frozen=True)
class Release:
    """A version with its files (path below the release's folder to content) and its flows."""

    version: str
    files: dict[str, bytes]
    flows: list[Flow]

    @property
    def is_development(self) -> bool:
        """Development versions may be overwritten; a released one never changes."""
        return ".dev" in self.version

    @property
    def contents(self) -> dict[str, bytes]:
        """All that goes into the release's folder, by path: the files, and the flows' sources."""
        return self.files | {flow.stored_as: flow.source.encode() for flow in self.flows}

    def manifest(self) -> bytes:
        """The digest of every file and flow, as JSON that is the same for the same content."""
        digests = {path: hashlib.sha256(data).hexdigest() for path, data in self.contents.items()}
        return json.dumps(digests, indent=0, sort_keys=True).encode()


def load(root: Path = ROOT, settings: bytes | None = None) -> Release:
    """Read the release from a checkout.

    Args:
        root: the checkout's folder.
        settings: content of the release's settings.json, from an environment; without it there is none.

    Raises:
        ValueError: a flow cannot be read, names another release than the project's version, or its file is misnamed;
            or the rules of the alerts are wrong.
    """
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    flows = [_flow(path) for path in sorted((root / "flows").glob("*/*.yaml"))]
    problems = [problem for flow in flows for problem in _problems(flow, version, root)] + _wrong_rules(root)
    if problems:
        raise ValueError("\n".join(problems))
    return Release(version, _files(root) | ({SETTINGS: settings} if settings is not None else {}), flows)


def _wrong_rules(root: Path) -> list[str]:
    try:
        if (root / ALERTS).is_file():
            rules.parse((root / ALERTS).read_text(encoding="utf-8"))
    except ConfigurationError as error:
        return [str(error)]
    return []


def _files(root: Path) -> dict[str, bytes]:
    paths = (path for folder in FILE_FOLDERS for path in sorted((root / folder).rglob("*")))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths if _is_wanted(path, root)}


def _is_wanted(path: Path, root: Path) -> bool:
    relative = path.relative_to(root)
    # The environments' files become settings.json; the others' settings are not this release's business.
    is_environment = (
        relative.parent == Path(SETTINGS).parent and path.suffix == ".yaml" and relative.as_posix() != ALERTS
    )
    return path.is_file() and not is_environment and not LEFT_OUT.intersection(relative.parts)


def _flow(path: Path) -> Flow:
    source = path.read_text(encoding="utf-8")
    try:
        read = yaml.safe_load(source)
    except yaml.YAMLError as error:
        raise ValueError(f"{path.parent.name}/{path.name} is no YAML: {error}") from error
    if not isinstance(read, dict) or not {"id", "namespace"} <= read.keys():
        raise ValueError(f"{path.parent.name}/{path.name}: a flow needs an id and a namespace.")
    return Flow(read["namespace"], read["id"], (read.get("variables") or {}).get("release"), source, path)


def _problems(flow: Flow, version: str, root: Path) -> list[str]:
    shown = flow.path.relative_to(root)
    found = []
    if flow.release not in (None, version):
        found.append(f"{shown}: variables.release is {flow.release}, the project is {version}.")
    if flow.id != flow.path.stem or flow.namespace != f"opsflows.{flow.path.parent.name}":
        found.append(f"{shown}: holds {flow.namespace}.{flow.id}; folder and file name must say the same.")
    return found
