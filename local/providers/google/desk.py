"""The desk in front of Sheets and Drive: token, scope, quota and sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.providers.google.errors import GoogleError
from local.providers.google.quota import Kind, Quota
from local.providers.google.state import PART, GoogleState, Spreadsheet, Tokens
from local.providers.world import TOKENS

if TYPE_CHECKING:
    from fastapi import Request

    from local.providers.world import World

SHEETS_SCOPES = ("https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive")
READ_SCOPES = (*SHEETS_SCOPES, "https://www.googleapis.com/auth/spreadsheets.readonly")
_SCOPE_MESSAGE = "Request had insufficient authentication scopes."


class Desk:
    """Checks token, quota and sharing before a request is worked on."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self.world = world
        self.quota = Quota(world.credentials.google_project)
        world.on_reset.append(self.quota.refill)

    @property
    def state(self) -> GoogleState:
        """The Google part."""
        return self.world.store.part(PART, GoogleState)

    def admit(self, request: Request, kind: Kind, scopes: tuple[str, ...]) -> str:
        """The caller's e-mail; raises Google's 401, 403 or 429."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        token = self.world.store.part(TOKENS, Tokens).by_value.get(value) if scheme.lower() == "bearer" else None
        now = self.world.clock.now()
        if token is None or token.expires <= now:
            raise GoogleError("UNAUTHENTICATED")
        if not set(scopes) & set(token.scopes):
            info = {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
            }
            raise GoogleError("PERMISSION_DENIED", _SCOPE_MESSAGE, [info])
        self.quota.spend(kind, token.email, self.world.config.google, now)
        return token.email

    def book(self, spreadsheet_id: str, kind: Kind) -> Spreadsheet:
        """A spreadsheet that the service account may read or write."""
        book = self.state.spreadsheets.get(spreadsheet_id)
        if book is None:
            raise GoogleError("NOT_FOUND")
        if book.share == "none" or (kind == "write" and book.share == "reader"):
            raise GoogleError("PERMISSION_DENIED")
        return book

    def keep(self, book: Spreadsheet) -> None:
        """Store a changed spreadsheet."""
        self.state.spreadsheets[book.id] = book
        self.world.store.touch(PART)
