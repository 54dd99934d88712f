"""The log of calls: what each provider was asked, what it answered, and which fault struck."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = 2000
TEXT_LIMIT = 8000
# Larger bodies are shown as they came: parsing them would cost more than the call.
PARSED_LIMIT = 50_000

_DATA_URL = re.compile(r"(data:[\w/+.-]+;base64,)([A-Za-z0-9+/=]{64})[A-Za-z0-9+/=]*")
_SECRETS = (
    (re.compile(r"(/services/\w+/\w+/)\w+"), r"\1…"),
    (re.compile(r"(assertion|access_token|token|hash)=[^&\s\"\\]+"), r"\1=…"),
    (re.compile(r'("(?:access_token|tokenKey)":\s*")[^"]+'), r"\1…"),
)


class Call(BaseModel):
    """One call. ``status`` is None when no answer was sent."""

    seq: int
    at: str
    provider: str
    route: str
    method: str
    path: str
    status: int | None
    ms: float
    fault: str | None = None
    user_agent: str = ""
    content_type: str = ""
    request: str = ""
    response: str = ""


class CallLog(BaseModel):
    """The last calls, and how many there were of each route."""

    seq: int = 0
    counts: dict[str, int] = Field(default_factory=dict)
    calls: list[Call] = Field(default_factory=list)

    def add(self, call: Call) -> None:
        """Append a call; the oldest are dropped beyond a limit."""
        self.seq += 1
        call.seq = self.seq
        key = f"{call.provider}:{call.route}"
        self.counts[key] = self.counts.get(key, 0) + 1
        self.calls.append(call)
        if len(self.calls) > KEPT + KEPT // 10:
            del self.calls[: len(self.calls) - KEPT]

    def find(self, provider: str | None, route: str | None, since: int) -> list[Call]:
        """Calls of a provider and route after a sequence number, oldest first."""
        return [
            call
            for call in self.calls
            if call.seq > since and provider in {None, call.provider} and route in {None, call.route}
        ]


def shown(body: bytes, headers: Mapping[str, str]) -> str:
    """A body as text for the log: no tokens, no pictures, not too long."""
    kind = headers.get("content-type", "").partition(";")[0].strip()
    if not body:
        return ""
    if not (kind.startswith("text/") or kind.endswith(("json", "x-www-form-urlencoded"))):
        return f"[{kind or 'bytes'}, {len(body)} B]"
    readable = kind.endswith("json") and len(body) < PARSED_LIMIT
    text = _unescaped(body) if readable else body[: 2 * TEXT_LIMIT].decode("utf-8", "replace")
    return without_secrets(_DATA_URL.sub(r"\1\2…", text))[:TEXT_LIMIT]


def without_secrets(text: str) -> str:
    """The text with tokens of paths, queries and answers left out."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _unescaped(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", "replace")
