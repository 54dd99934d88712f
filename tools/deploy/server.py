"""The calls of a Kestra server that a deploy makes, through Kestra's own client."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from kit import settings

TENANT = "main"
TIMEOUT_S = (5, 60)


class ServerError(Exception):
    """The server refused a call or could not be reached; the message says which and why."""


@dataclass(frozen=True)
class Target:
    """A Kestra server and who we are there."""

    url: str
    username: str
    password: str

    @classmethod
    def from_environment(cls) -> "Target":
        """Read OPSFLOWS_KESTRA_URL, _USERNAME and _PASSWORD.

        Raises:
            kit.errors.ConfigurationError: one of them is not set.
        """
        found = settings.get()
        return cls(
            settings.require(found.kestra_url, "OPSFLOWS_KESTRA_URL"),
            settings.require(found.kestra_username, "OPSFLOWS_KESTRA_USERNAME"),
            settings.require(found.kestra_password, "OPSFLOWS_KESTRA_PASSWORD"),
        )


class Server:
    """One Kestra 2.0 server."""

    def __init__(self, target: Target) -> None:
        """Prepare the client; nothing is called yet."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # kestrapy's generated models shadow pydantic's names
            from kestrapy import KestraClient
        client: Any = KestraClient
        self._client: Any = client(
            host=target.url, username=target.username, password=target.password, timeout=TIMEOUT_S
        )

    def violations(self, source: str) -> str | None:
        """What the server finds wrong with a flow, or None."""
        with _explained("validate a flow"):
            found = self._client.flows.validate_flows(TENANT, source)
        return "; ".join(item.constraints for item in found if item.constraints) or None

    def put_flow(self, namespace: str, flow_id: str, source: str) -> str:
        """Create or update a flow; `created`, `updated` or `unchanged`."""
        with _explained(f"deploy {namespace}.{flow_id}"):
            known = self._flow_source(namespace, flow_id)
            if known is None:
                self._client.flows.create_flow(TENANT, source)
                return "created"
            if known.strip() == source.strip():
                return "unchanged"
            self._client.flows.update_flow(namespace, flow_id, TENANT, source)
            return "updated"

    def _flow_source(self, namespace: str, flow_id: str) -> str | None:
        try:
            return str(self._client.flows.flow(namespace, flow_id, TENANT, source=True).source)
        except Exception as error:
            if getattr(error, "status", None) == 404:  # noqa: PLR2004 - HTTP's own number
                return None
            raise

    def read_file(self, namespace: str, path: str) -> bytes | None:
        """A namespace file, or None where there is none."""
        try:
            return bytes(self._client.files.file_content(namespace, path, TENANT))
        except Exception as error:
            if getattr(error, "status", None) == 404:  # noqa: PLR2004 - HTTP's own number
                return None
            raise ServerError(f"Could not read {path}: {_reason(error)}") from error

    def files_below(self, namespace: str, folder: str) -> list[str]:
        """The paths of a folder's files, relative to it."""
        prefix = folder.rstrip("/") + "/"
        with _explained(f"list {folder}"):
            found = self._client.files.search_namespace_files(namespace, prefix, TENANT)
        return [path.removeprefix(prefix) for path in found if path.startswith(prefix) and not path.endswith("/")]

    def write_file(self, namespace: str, path: str, content: bytes) -> None:
        """Write a namespace file."""
        with _explained(f"upload {path}"):
            self._client.files.create_namespace_file(namespace, path, TENANT, content)

    def delete_file(self, namespace: str, path: str) -> None:
        """Delete a namespace file."""
        with _explained(f"delete {path}"):
            self._client.files.delete_file_directory(namespace, path, TENANT)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except ServerError:
        raise
    except Exception as error:
        raise ServerError(f"Could not {what}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if getattr(error, "status", None) in (401, 403):
        return "the server refuses this user. Check OPSFLOWS_KESTRA_USERNAME and OPSFLOWS_KESTRA_PASSWORD."
    if isinstance(error, (requests.ConnectionError, requests.Timeout)):
        url = error.request.url if error.request else "the server"
        return f"no answer from {url}. Check OPSFLOWS_KESTRA_URL, and whether the server runs."
    body = getattr(error, "body", None)
    try:
        return str(json.loads(body)["message"]) if body else f"{type(error).__name__}: {error}"
    except (ValueError, KeyError, TypeError):
        return str(body)[:500]
