"""Reads of the Graph API, and what they say about a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.whatsapp import errors as graph
from adapters.whatsapp.client import VERSION_WARNING
from kit import http
from kit.errors import InvalidResponseError

if TYPE_CHECKING:
    from tools.doctor.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Token:
    """What Meta says about the token: the app it belongs to, and the accounts that it may manage."""

    app_id: str
    app_name: str
    accounts: tuple[str, ...]
    manages: bool


class Graph:
    """Reads of the Graph API; the first answer that names a dying version is kept."""

    def __init__(self, where: Surroundings) -> None:
        """Keep where to ask; nothing is sent yet."""
        self._where = where
        self.version = where.settings.whatsapp_api_version
        self._base = f"{where.settings.whatsapp_base_url.rstrip('/')}/{self.version}"
        self.warning: str | None = None

    def get(self, path: str, token: str, **params: str) -> dict[str, Any]:
        """The answer of a read, always an object with `data`."""
        headers = {"Authorization": f"Bearer {token}"}
        client = http.Client(
            graph.PROVIDER, self._base, headers=headers, policy=self._where.policy(), classify=graph.classify
        )
        answer = client.request("GET", path, params=params)
        served = answer.headers.get("Facebook-Api-Version", self.version)
        if answer.headers.get(VERSION_WARNING) or served != self.version:
            self.warning = f"Meta answers as {served}: the version {self.version} has ended or ends soon."
        found = answer.json()
        if not isinstance(found, dict) or "data" not in found:
            raise InvalidResponseError("the answer has no data.", provider=graph.PROVIDER)
        return found
