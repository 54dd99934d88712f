"""Secrets, by name: from the task's environment, else from Vault when `VAULT_ADDR` names one.

Whatever is handed out is hidden in logs, errors and outputs from then on. Vault is asked only for what the flow passes
blank, so a task whose secrets all come by its environment works while Vault is away.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kit import redaction, settings
from kit.errors import ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from kit.vault import Stored, Vault

WAYS_IN = ("VAULT_TOKEN", "VAULT_ROLE_ID", "VAULT_SECRET_ID")


def optional(name: str) -> str | None:
    """Return the secret, or None when it is nowhere or blank.

    Raises:
        OpsflowsError: Vault is used and did not answer the question (`kit.vault` has the list).
    """
    return _from_environment(name) or _from_vault(name)


def get(name: str, *, version: int | None = None) -> str:
    """Return the secret.

    Args:
        name: as in docs/secrets.md.
        version: of Vault's history; the current one when not given. Only Vault keeps a history.

    Raises:
        ConfigurationError: it is not set; or a version is asked for without Vault.
        NotFoundError: Vault does not have that version, or no longer.
        OpsflowsError: Vault did not answer the question.
    """
    if version is not None:
        return _history(name).read(name, version).value
    value = optional(name)
    if value is None:
        raise ConfigurationError(
            f"The secret {name} is not set.",
            code="secret_missing",
            next_action=f"Put it into secrets/{name}, or into Vault, and let the flow pass it; see docs/secrets.md.",
        )
    return value


def live(name: str) -> list[str]:
    """Return every value that counts during a rotation, the current one first.

    The one before is `name_PREVIOUS` of the environment; for a secret of Vault also the version before, while the
    current one is younger than OPSFLOWS_VAULT_ROTATION_HOURS.

    Raises:
        ConfigurationError: the current one is not set.
        OpsflowsError: Vault did not answer the question.
    """
    values = [get(name), _from_environment(f"{name}_PREVIOUS")]
    if not _from_environment(name):
        values.append(_version_before(name))
    return list(dict.fromkeys(value for value in values if value))


def _from_environment(name: str) -> str | None:
    value = os.environ.get(name, "").strip()
    if value:
        redaction.register(value)
    return value or None


def _from_vault(name: str) -> str | None:
    found = _stored(name)
    return found.value if found and found.value else None


def _stored(name: str) -> Stored | None:
    """What Vault has; None without Vault, and when it has nothing of that name."""
    vault = None if name in WAYS_IN else _vault()
    try:
        return vault.read(name) if vault else None
    except NotFoundError:
        return None


def _version_before(name: str) -> str | None:
    current, vault = _stored(name), _vault()
    if not (current and vault) or not current.is_younger_than(settings.get().vault_rotation_hours):
        return None
    try:
        return vault.read(name, current.version - 1).value if current.version > 1 else None
    except NotFoundError:
        return None  # deleted or destroyed: somebody ended the rotation


def _history(name: str) -> Vault:
    vault = _vault()
    if not vault:
        raise ConfigurationError(
            f"Versions of {name} are kept by Vault only.", next_action="Set VAULT_ADDR; see docs/secrets.md."
        )
    return vault


def _vault() -> Vault | None:
    if not settings.get().vault_addr:
        return None
    from kit import vault

    return vault.connect(*(_from_environment(name) or "" for name in WAYS_IN))
