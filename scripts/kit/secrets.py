"""Secrets, by name, from the environment of the task. Whatever is handed out is hidden in logs from then on."""

from __future__ import annotations

import os

from kit import redaction
from kit.errors import ConfigurationError


def optional(name: str) -> str | None:
    """Return the secret, or None when it is not set or blank."""
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    redaction.register(value)
    return value


def get(name: str) -> str:
    """Return the secret.

    Raises:
        ConfigurationError: it is not set.
    """
    value = optional(name)
    if value is None:
        raise ConfigurationError(
            f"The secret {name} is not set.",
            code="secret_missing",
            next_action=f"Set SECRET_{name} (base64) on the Kestra server, or {name} in the environment of the task.",
        )
    return value


def live(name: str) -> list[str]:
    """Return every value that counts during a rotation: `name`, then `name_PREVIOUS` when set.

    Raises:
        ConfigurationError: the current one is not set.
    """
    previous = optional(f"{name}_PREVIOUS")
    return [get(name)] + ([previous] if previous else [])
