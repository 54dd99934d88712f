"""Secrets from a folder of files into this process: how the console gets them in its container."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kit.errors import ConfigurationError
from tools.secrets import catalogue, files, rules

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

KESTRA: Final = "KESTRA_ADMIN_PASSWORD"
DATABASE: Final = "OPSFLOWS_DB_PASSWORD"
# Secrets that the settings and libpq know by another name.
_ELSEWHERE: Final = {KESTRA: "OPSFLOWS_KESTRA_PASSWORD", DATABASE: "PGPASSWORD"}


def take(folder: Path, environment: MutableMapping[str, str]) -> None:
    """Put the console's secrets into the environment.

    Args:
        folder: one file a secret, such as `/run/secrets`.
        environment: of this process.

    Raises:
        ConfigurationError: one is missing or wrong; the message names each, and no value.
    """
    try:
        values = files.load(folder)
    except files.FolderError as error:
        raise ConfigurationError(str(error), next_action="RUN_AS in .env must own the files in secrets/.") from error
    needed = {secret.name for secret in catalogue.needed_by(catalogue.CONSOLE)}
    found = rules.trouble(values, needed)
    if found:
        told = " ".join(f"{name} {' and '.join(said)}. {rules.advice(name)}" for name, said in found.items())
        raise ConfigurationError(told, code="secret_missing")
    for name in needed:
        if value := values.get(name, "").strip():
            environment[_ELSEWHERE.get(name, name)] = value
