"""What a deploy reads and changes on a Kestra server: flows, namespace files, values of the key-value store."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools.deploy.client import NOT_FOUND, TENANT, ServerError, Target, connect, explained, status

__all__ = ["NAMESPACE", "Deployed", "Server", "ServerError", "Target", "is_ours"]

NAMESPACE = "opsflows"


def is_ours(namespace: str) -> bool:
    """Whether a namespace is this project's: `opsflows` or below it. `opsflowsx` is a stranger's."""
    return namespace == NAMESPACE or namespace.startswith(f"{NAMESPACE}.")


@dataclass(frozen=True)
class Deployed:
    """A flow that the server has."""

    namespace: str
    id: str
    release: str | None

    @property
    def name(self) -> str:
        """Namespace and id, as people write them."""
        return f"{self.namespace}.{self.id}"


@dataclass(frozen=True)
class StoredFile:
    """A namespace file: its path below the folder that was asked for, and its size in bytes."""

    path: str
    size: int


class Server:
    """One Kestra 2.0 server."""

    def __init__(self, target: Target) -> None:
        """Prepare the client; nothing is called yet."""
        self.target = target
        self.client: Any = connect(target)

    def violations(self, source: str) -> str | None:
        """What the server finds wrong with a flow, or None."""
        with explained("validate a flow"):
            found = self.client.flows.validate_flows(TENANT, source)
        return "; ".join(item.constraints for item in found if item.constraints) or None

    def flows(self) -> list[Deployed]:
        """Every flow in our namespaces, with the release that it names."""
        with explained("list the flows"):
            namespaces = [name for name in self.client.flows.list_distinct_namespaces(TENANT) if is_ours(name)]
            found = [flow for name in namespaces for flow in self.client.flows.list_flows_by_namespace(name, TENANT)]
        return [Deployed(flow.namespace, flow.id, _release(flow)) for flow in found]

    def source(self, namespace: str, flow_id: str) -> str | None:
        """The YAML of a flow, or None where there is none."""
        with explained(f"read {namespace}.{flow_id}"):
            try:
                return str(self.client.flows.flow(namespace, flow_id, TENANT, source=True).source)
            except Exception as error:
                if status(error) in NOT_FOUND:
                    return None
                raise

    def release_of(self, namespace: str, flow_id: str, revision: int) -> str | None:
        """The release that one revision of a flow names, also of a flow that was deleted since."""
        with explained(f"read revision {revision} of {namespace}.{flow_id}"):
            flow = self.client.flows.flow(namespace, flow_id, TENANT, revision=revision, allow_deleted=True)
        return _release(flow)

    def put_flow(self, namespace: str, flow_id: str, source: str) -> str:
        """Create or update a flow; `created`, `updated` or `unchanged`."""
        known = self.source(namespace, flow_id)
        if known is not None and known.strip() == source.strip():
            return "unchanged"
        with explained(f"deploy {namespace}.{flow_id}"):
            if known is None:
                self.client.flows.create_flow(TENANT, source)
                return "created"
            self.client.flows.update_flow(namespace, flow_id, TENANT, source)
            return "updated"

    def delete_flow(self, namespace: str, flow_id: str) -> None:
        """Delete a flow; its executions stay, and those that run go on."""
        with explained(f"delete {namespace}.{flow_id}"):
            self.client.flows.delete_flow(namespace, flow_id, TENANT)

    def read_file(self, namespace: str, path: str) -> bytes | None:
        """A namespace file, or None where there is none."""
        with explained(f"read {path}"):
            try:
                return bytes(self.client.files.file_content(namespace, path, TENANT))
            except Exception as error:
                if status(error) in NOT_FOUND:
                    return None
                raise

    def files_below(self, namespace: str, folder: str) -> list[str]:
        """The paths of a folder's files, relative to it."""
        prefix = folder.rstrip("/") + "/"
        with explained(f"list {folder}"):
            found = self.client.files.search_namespace_files(namespace, prefix, TENANT)
        return [path.removeprefix(prefix) for path in found if path.startswith(prefix) and not path.endswith("/")]

    def folders(self, namespace: str) -> list[str]:
        """The names of a namespace's uppermost folders."""
        return [entry.file_name for entry in self._entries(namespace, "/") if _is_folder(entry)]

    def stored_below(self, namespace: str, folder: str) -> Iterator[StoredFile]:
        """The files of a folder and of those below it, with their sizes."""
        for entry in self._entries(namespace, folder):
            if not _is_folder(entry):
                yield StoredFile(entry.file_name, entry.size or 0)
                continue
            for file in self.stored_below(namespace, f"{folder}/{entry.file_name}"):
                yield StoredFile(f"{entry.file_name}/{file.path}", file.size)

    def _entries(self, namespace: str, folder: str) -> list[Any]:
        with explained(f"list {folder}"):
            return list(self.client.files.list_namespace_directory_files(namespace, TENANT, folder))

    def write_file(self, namespace: str, path: str, content: bytes) -> None:
        """Write a namespace file."""
        with explained(f"upload {path}"):
            self.client.files.create_namespace_file(namespace, path, TENANT, content)

    def delete_file(self, namespace: str, path: str) -> None:
        """Delete a namespace file, or a folder with everything in it."""
        with explained(f"delete {path}"):
            self.client.files.delete_file_directory(namespace, path, TENANT)

    def read_value(self, key: str) -> Any:
        """A value of the key-value store of `opsflows`, or None where there is none."""
        with explained(f"read the key {key}"):
            try:
                return self.client.kv.key_value(NAMESPACE, key, TENANT).value
            except Exception as error:
                if status(error) in NOT_FOUND:
                    return None
                raise

    def write_value(self, key: str, value: Any) -> None:
        """Write a value of the key-value store of `opsflows`."""
        with explained(f"write the key {key}"):
            self.client.kv.set_key_value(NAMESPACE, key, TENANT, json.dumps(value))

    def delete_value(self, key: str) -> None:
        """Delete a value of the key-value store of `opsflows`."""
        with explained(f"delete the key {key}"):
            self.client.kv.delete_key_value(NAMESPACE, key, TENANT)


def _is_folder(entry: Any) -> bool:
    return bool(entry.type.value == "Directory")


def _release(flow: Any) -> str | None:
    found = (flow.variables or {}).get("release")
    return str(found) if found is not None else None
