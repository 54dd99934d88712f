"""The control API under ``/_sandbox/vault``: put secrets, take them away, seal, deny, expire tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from local.providers.vault.desk import Vault
from local.providers.vault.state import PART

if TYPE_CHECKING:
    from local.providers.world import World


class Put(BaseModel):
    """A new version of a secret; ``age_s`` puts its time into the past."""

    model_config = ConfigDict(extra="forbid")

    path: str
    data: dict[str, Any]
    mount: str = "secret"
    namespace: str = ""
    age_s: float = Field(0, ge=0)


class Drop(BaseModel):
    """Versions of a secret to delete; the newest when none is named."""

    model_config = ConfigDict(extra="forbid")

    path: str
    versions: list[int] | None = None
    mount: str = "secret"
    namespace: str = ""
    destroy: bool = False


class Change(BaseModel):
    """How the server is; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    sealed: bool | None = None
    initialised: bool | None = None
    denied: list[str] | None = None
    mounts: list[str] | None = None
    namespaces: list[str] | None = None


def router(world: World) -> APIRouter:
    """The routes of the control API that concern Vault."""
    routes = APIRouter(prefix="/_sandbox/vault")
    vault = Vault(world)

    @routes.post("/secrets")
    async def put(wanted: Put) -> dict[str, int]:
        key = f"{wanted.namespace}|{wanted.mount}/{wanted.path}"
        vault.add(key, wanted.data, world.clock.now() - wanted.age_s)
        return {"version": len(vault.state.secrets[key].versions)}

    @routes.post("/drop")
    async def drop(wanted: Drop) -> dict[str, str]:
        key = f"{wanted.namespace}|{wanted.mount}/{wanted.path}"
        vault.drop(key, wanted.versions, destroy=wanted.destroy)
        return {"dropped": wanted.path}

    @routes.post("/server")
    async def change(wanted: Change) -> dict[str, Any]:
        changed = wanted.model_dump(exclude_none=True)
        for name, value in changed.items():
            setattr(vault.state, name, value)
        world.store.touch(PART)
        return changed

    @routes.post("/expire-tokens")
    async def expire_tokens(root: bool = False) -> dict[str, int]:  # noqa: FBT001, FBT002 - a query parameter
        """Tokens of logins; the one of the credentials too when ``root``."""
        ended = len(vault.state.tokens)
        vault.state.tokens.clear()
        vault.state.root_expired = root
        world.store.touch(PART)
        return {"expired": ended + root}

    return routes
