"""What Vault checks before it answers, and the KV engine's work."""

from __future__ import annotations

import fnmatch
import hmac
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from local.providers.answers import Answer, as_json
from local.providers.vault import errors
from local.providers.vault.state import PART, Secret, VaultState, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.providers.world import World


class Vault:
    """One Vault server."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self.world = world

    @property
    def state(self) -> VaultState:
        """The Vault part."""
        return self.world.store.part(PART, VaultState)

    def closed(self) -> Answer | None:
        """What a Vault that serves nothing answers."""
        if not self.state.initialised:
            return errors.by_code("not_initialised")
        return errors.by_code("sealed") if self.state.sealed else None

    def login(self, body: Any) -> Answer:
        """AppRole: a token for some minutes."""
        known = self.world.credentials
        given = body if isinstance(body, dict) else {}
        right = hmac.compare_digest(str(given.get("role_id", "")).encode(), known.vault_role_id.encode())
        right &= hmac.compare_digest(str(given.get("secret_id", "")).encode(), known.vault_secret_id.encode())
        if not right:
            return errors.by_code("login")
        token, life = "hvs." + secrets.token_urlsafe(24), self.world.config.vault.token_life_s
        self.state.tokens[token] = self.world.clock.now() + life
        auth = {
            "client_token": token,
            "accessor": secrets.token_urlsafe(18),
            "policies": ["default", "opsflows"],
            "token_policies": ["default", "opsflows"],
            "metadata": {"role_name": "opsflows"},
            "lease_duration": life,
            "renewable": True,
            "entity_id": str(uuid.uuid4()),
            "token_type": "service",
            "orphan": True,
        }
        return answered(None, auth=auth)

    def refused(self, headers: Mapping[str, str], path: str) -> Answer | None:
        """Why a token may not use a path, if so; an unknown token looks like a forbidden path."""
        token = headers.get("x-vault-token") or headers.get("authorization", "").removeprefix("Bearer ")
        known = self.expiry(token) is not None
        denied = any(fnmatch.fnmatchcase(path, pattern) for pattern in self.state.denied)
        namespace = headers.get("x-vault-namespace", "").strip("/")
        return None if known and not denied and namespace in self.state.namespaces else errors.by_code("denied")

    def expiry(self, token: str) -> float | None:
        """When a living token ends: infinity for the one of the credentials; None for an unknown or dead one."""
        if hmac.compare_digest(token.encode(), self.world.credentials.vault_token.encode()):
            return None if self.state.root_expired else float("inf")
        until = self.state.tokens.get(token)
        return until if until and until > self.world.clock.now() else None

    def read(self, key: str, wanted: str) -> Answer:
        """The newest version, or one by its number."""
        versions = self.state.secrets.get(key, Secret()).versions
        number = int(wanted) if wanted.isdecimal() and int(wanted) else len(versions)
        if not 1 <= number <= len(versions):
            return errors.by_code("missing")
        version = versions[number - 1]
        data = {"data": None if version.is_gone else version.data, "metadata": version.metadata(number)}
        return answered(data, status=404 if version.is_gone else 200)

    def write(self, key: str, body: Any) -> Answer:
        """A new version; `options.cas` is the number of the version that it must follow."""
        if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
            return errors.by_code("no_data")
        secret = self.state.secrets.get(key, Secret())
        options = body.get("options")
        expected = options.get("cas") if isinstance(options, dict) else None
        if expected is not None and expected != len(secret.versions):
            return errors.by_code("cas")
        version = self.add(key, body["data"], self.world.clock.now())
        return answered(version.metadata(len(self.state.secrets[key].versions)))

    def add(self, key: str, data: dict[str, Any], created: float) -> Version:
        """Keep a new version."""
        version = Version(data=data, created=created)
        self.state.secrets.setdefault(key, Secret()).versions.append(version)
        self.world.store.touch(PART)
        return version

    def metadata(self, key: str) -> Answer:
        """All versions without their data."""
        if key not in self.state.secrets:
            return errors.by_code("missing")
        versions = self.state.secrets[key].versions
        shown = {str(number): version.metadata(number) for number, version in enumerate(versions, 1)}
        return answered({"current_version": len(versions), "oldest_version": 1, "max_versions": 0, "versions": shown})

    def drop(self, key: str, numbers: Any, *, destroy: bool) -> Answer:
        """Delete versions softly, or destroy them; the newest when none is named."""
        versions = self.state.secrets.get(key, Secret()).versions
        named = numbers if isinstance(numbers, list) else [len(versions)]
        for number in named:
            if isinstance(number, int) and 1 <= number <= len(versions):
                version = versions[number - 1]
                version.deleted = self.world.clock.now()
                version.data = None if destroy else version.data
        self.world.store.touch(PART)
        return Answer(204, b"")

    def health(self) -> Answer:
        """As a load balancer asks: the status says it all."""
        state = self.state
        status = 501 if not state.initialised else 503 if state.sealed else 200
        flags = {"initialized": state.initialised, "sealed": state.sealed, "standby": False, "version": "1.21.1"}
        return as_json(status, {**flags, "server_time_utc": int(self.world.clock.now()), "cluster_name": "sandbox"})


def answered(data: Any, *, status: int = 200, auth: dict[str, Any] | None = None) -> Answer:
    """An answer in the envelope that all have."""
    body = {"request_id": str(uuid.uuid4()), "lease_id": "", "renewable": False, "lease_duration": 0, "data": data}
    answer = as_json(status, {**body, "wrap_info": None, "warnings": None, "auth": auth, "mount_type": "kv"})
    return Answer(answer.status, answer.body, [("content-type", "application/json")])
