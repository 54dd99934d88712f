"""What Vault keeps: secrets by namespace, mount and path, each with its versions; tokens; whether it is sealed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

PART = "vault"


class Version(BaseModel):
    """One version of a secret; `data` is None once destroyed."""

    data: dict[str, Any] | None
    created: float
    deleted: float | None = None

    @property
    def is_gone(self) -> bool:
        """Whether a read finds nothing."""
        return self.data is None or self.deleted is not None

    def metadata(self, number: int) -> dict[str, Any]:
        """As a read shows it beside the data."""
        return {
            "created_time": stamp(self.created),
            "custom_metadata": None,
            "deletion_time": stamp(self.deleted) if self.deleted else "",
            "destroyed": self.data is None,
            "version": number,
        }


class Secret(BaseModel):
    """A path of the KV engine; version 1 is the first of the list."""

    versions: list[Version] = Field(default_factory=list)


class VaultState(BaseModel):
    """The whole part. Keys of `secrets` are `namespace|mount/path`; `denied` holds globs of `mount/path`."""

    secrets: dict[str, Secret] = Field(default_factory=dict)
    mounts: list[str] = Field(default_factory=lambda: ["secret"])
    namespaces: list[str] = Field(default_factory=lambda: [""])
    denied: list[str] = Field(default_factory=list)
    sealed: bool = False
    initialised: bool = True
    tokens: dict[str, float] = Field(default_factory=dict)
    root_expired: bool = False


def stamp(at: float) -> str:
    """A time as Vault writes it: RFC 3339 with nine digits of a second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
