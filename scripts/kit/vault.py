"""Secrets of a Vault server: KV engine version 2, by token or AppRole, one path a secret.

The path is `<mount>/<prefix>/<NAME>` and the field `value`, so that a policy can give a role exactly its secrets.

| what Vault says | error | code |
| --- | --- | --- |
| nothing of that name | `NotFoundError` | `vault_missing` |
| deleted or destroyed | `NotFoundError` | `vault_deleted` |
| 403: not allowed, or a token that is no longer valid | `PermissionDeniedError` | `vault_denied` |
| a wrong role or secret id | `AuthenticationError` | `vault_login` |
| no such mount | `ConfigurationError` | `vault_no_mount` |
| no field `value` | `ConfigurationError` | `vault_no_value` |
| no token and no AppRole | `ConfigurationError` | `vault_no_way_in` |
| not initialised | `ConfigurationError` | `vault_not_initialised` |
| sealed | `UnavailableError`, retried | `vault_sealed` |
| no connection, no answer in time, 5xx, 412, 429 | as `kit.http` says, retried | |
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from kit import redaction, settings
from kit.errors import ConfigurationError, InvalidResponseError, PermissionDeniedError
from kit.vault_transport import PROVIDER, boundary, guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.settings import Settings

FIELD: Final = "value"


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """One version of a secret: its value, its number from 1, and when it was written."""

    value: str
    version: int
    created: datetime

    def is_younger_than(self, hours: float) -> bool:
        """Whether it was written in the last hours."""
        return datetime.now(UTC) - self.created < timedelta(hours=hours)


class Vault:
    """A Vault server, with one way in.

    Args:
        config: where it is, and where our secrets lie in it.
        token: used as it is; or
        role_id: of an AppRole, with
        secret_id: its second half. A token of a login is renewed once when Vault no longer takes it.
    """

    def __init__(self, config: Settings, token: str, role_id: str, secret_id: str) -> None:
        """Prepare; nothing is called yet.

        Raises:
            ConfigurationError: neither a token nor both halves of an AppRole.
        """
        if not token and not (role_id and secret_id):
            raise ConfigurationError(
                "Vault is set, but this task has neither VAULT_TOKEN nor VAULT_ROLE_ID and VAULT_SECRET_ID.",
                code="vault_no_way_in",
                next_action="Put one of them into secrets/ and let the flow pass it; see docs/secrets.md.",
                provider=PROVIDER,
            )
        self._config, self._approle = config, None if token else (role_id, secret_id)
        self._client = boundary(config, token)
        self._found: dict[tuple[str, int | None], Stored] = {}

    def read(self, name: str, version: int | None = None) -> Stored:
        """Return a secret; what was read once is not asked for again by this process.

        Raises:
            OpsflowsError: see the table above.
        """
        key = (name, version)
        if key not in self._found:
            path = f"{self._config.vault_prefix.strip('/')}/{name}".lstrip("/")
            self._found[key] = _stored(self._logged_in(lambda: self._read(path, version)), path)
        return self._found[key]

    def _read(self, path: str, version: int | None) -> Any:
        return self._client.secrets.kv.v2.read_secret_version(
            path, version=version, mount_point=self._config.vault_mount.strip("/"), raise_on_deleted_version=True
        )

    def _logged_in(self, call: Callable[[], Any]) -> Any:
        """Call with a token, and once more with a new one when an older one is refused."""
        with guard():
            is_new = self._login() if not self._client.token else False
            try:
                return call()
            except PermissionDeniedError:
                if is_new or not self._approle:
                    raise
            self._login()
            return call()

    def _login(self) -> bool:
        role_id, secret_id = self._approle or ("", "")
        self._client.token = ""
        self._client.auth.approle.login(role_id, secret_id)
        redaction.register(str(self._client.token))
        return True


@lru_cache(maxsize=1)
def _vault(config: Settings, token: str, role_id: str, secret_id: str) -> Vault:
    return Vault(config, token, role_id, secret_id)


def connect(token: str, role_id: str, secret_id: str) -> Vault:
    """Return the Vault of the settings; the same one as long as nothing of it changes.

    Raises:
        ConfigurationError: the settings are wrong, or there is no way in.
    """
    return _vault(settings.get(), token, role_id, secret_id)


def forget() -> None:
    """Read everything again when it is next asked for; for processes that live longer than a task."""
    _vault.cache_clear()


def _stored(answer: Any, path: str) -> Stored:
    try:
        data, metadata = answer["data"]["data"], answer["data"]["metadata"]
        version, created = int(metadata["version"]), datetime.fromisoformat(metadata["created_time"])
        held = data.get(FIELD)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InvalidResponseError(
            "Vault's answer is not that of a KV engine of version 2.",
            next_action="Check OPSFLOWS_VAULT_MOUNT: `vault secrets list -detailed` shows each mount's version.",
            provider=PROVIDER,
        ) from None
    if held is None:
        raise ConfigurationError(
            f"The secret {path} of Vault has no field `{FIELD}`.",
            code="vault_no_value",
            next_action=f"Write it as: vault kv put <mount>/{path} {FIELD}=…",
            provider=PROVIDER,
        )
    value = held.strip() if isinstance(held, str) else json.dumps(held)
    redaction.register(value)
    return Stored(value, version, created)
