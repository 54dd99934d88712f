"""The connection to a Kestra server, by Kestra's own client, with errors that a person can act on."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from kit import redaction, settings

TENANT = "main"
TIMEOUT_S = (5, 60)
NOT_FOUND = (404, 410)  # 410: a key that has expired


class ServerError(Exception):
    """The server refused a call or could not be reached; the message says which and why."""


@dataclass(frozen=True)
class Target:
    """A Kestra server and who we are there."""

    url: str
    username: str
    password: str

    @classmethod
    def from_environment(cls, url: str | None = None, username: str | None = None) -> "Target":
        """Read OPSFLOWS_KESTRA_URL, _USERNAME and _PASSWORD.

        Args:
            url: used when the variable is not set, such as the one of an environment's file.
            username: likewise.

        Raises:
            kit.errors.ConfigurationError: one of them is not set.
        """
        found = settings.get()
        return cls(
            settings.require(found.kestra_url or url, "OPSFLOWS_KESTRA_URL"),
            settings.require(found.kestra_username or username, "OPSFLOWS_KESTRA_USERNAME"),
            settings.require(found.kestra_password, "OPSFLOWS_KESTRA_PASSWORD"),
        )


def connect(target: Target) -> Any:
    """Kestra's client; nothing is called yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # kestrapy's generated models shadow pydantic's names
        from kestrapy import KestraClient
    client: Any = KestraClient
    return client(host=target.url, username=target.username, password=target.password, timeout=TIMEOUT_S)


def status(error: Exception) -> int | None:
    """The HTTP status of an error of the client, if it has one."""
    found = getattr(error, "status", None)
    return found if isinstance(found, int) else None


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn whatever the client raises into a ServerError that begins with `Could not <what>`."""
    try:
        yield
    except ServerError:
        raise
    except Exception as error:
        raise ServerError(f"Could not {what}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if status(error) in (401, 403):
        return "the server refuses this user. Check OPSFLOWS_KESTRA_USERNAME and OPSFLOWS_KESTRA_PASSWORD."
    if isinstance(error, (requests.ConnectionError, requests.Timeout)):
        url = error.request.url if error.request else "the server"
        return f"no answer from {url}. Check OPSFLOWS_KESTRA_URL, and whether the server runs."
    body = getattr(error, "body", None)
    try:
        said = str(json.loads(body)["message"]) if body else f"{type(error).__name__}: {error}"
    except (ValueError, KeyError, TypeError):
        said = str(body)[:500]
    return redaction.mask_secrets(said)
