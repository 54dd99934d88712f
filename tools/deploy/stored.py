"""A release as it lies on the server: its manifest and the sources of its flows, checked against each other."""

import hashlib
import json
import re
from dataclasses import dataclass

import yaml

from tools.deploy.options import DeployError
from tools.deploy.release import FLOW_FOLDER, MANIFEST
from tools.deploy.server import NAMESPACE, Server

VERSION = re.compile(r"\d+\.\d+\.\d+([.-]?(a|b|rc|dev)\d+)*")


@dataclass(frozen=True)
class StoredFlow:
    """A flow of a release, as its folder on the server has it."""

    namespace: str
    id: str
    source: str

    @property
    def name(self) -> str:
        """Namespace and id, as people write them."""
        return f"{self.namespace}.{self.id}"


@dataclass(frozen=True)
class StoredRelease:
    """A release that is complete on the server."""

    version: str
    manifest: bytes
    flows: list[StoredFlow]

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, as the history keeps it."""
        return hashlib.sha256(self.manifest).hexdigest()


def versions(server: Server) -> list[str]:
    """The releases that have a folder on the server, newest last; other folders are not ours."""
    return sorted((name for name in server.folders(NAMESPACE) if VERSION.fullmatch(name)), key=_rank)


def read(server: Server, version: str) -> StoredRelease:
    """Read a release from its folder.

    Raises:
        DeployError: it is not there, not complete, or not what its manifest says.
    """
    manifest = server.read_file(NAMESPACE, f"/{version}/{MANIFEST}")
    if manifest is None:
        there = ", ".join(versions(server)) or "none"
        raise DeployError(f"Release {version} is not on the server, or not complete. There: {there}.")
    digests = {path: digest for path, digest in json.loads(manifest).items() if path.startswith(f"{FLOW_FOLDER}/")}
    return StoredRelease(version, manifest, [_flow(server, version, path, digests[path]) for path in sorted(digests)])


def flow_names(server: Server, version: str) -> set[str]:
    """The flows that a release's manifest names, as `namespace.id`; none when it has no manifest."""
    manifest = server.read_file(NAMESPACE, f"/{version}/{MANIFEST}")
    parts = (path.removesuffix(".yaml").split("/") for path in json.loads(manifest or b"{}"))
    return {f"{NAMESPACE}.{part[1]}.{part[2]}" for part in parts if part[0] == FLOW_FOLDER}


def _flow(server: Server, version: str, path: str, digest: str) -> StoredFlow:
    source = server.read_file(NAMESPACE, f"/{version}/{path}")
    if source is None or hashlib.sha256(source).hexdigest() != digest:
        raise DeployError(
            f"/{version}/{path} is not what the release's manifest says; nothing was changed. "
            "Check out that version's tag and deploy it instead."
        )
    read_ = yaml.safe_load(source)
    return StoredFlow(read_["namespace"], read_["id"], source.decode())


def _rank(version: str) -> tuple[tuple[int, ...], bool, str]:
    numbers = re.match(r"\d+\.\d+\.\d+", version)
    parts = tuple(int(part) for part in numbers[0].split(".")) if numbers else ()
    return parts, re.fullmatch(r"\d+\.\d+\.\d+", version) is not None, version
