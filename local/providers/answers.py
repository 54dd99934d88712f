"""An answer as data, before it goes over the wire (and a fault may spoil it on the way)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json; charset=utf-8"


@dataclass(slots=True)
class Answer:
    """Status, headers and body of one HTTP answer."""

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)

    def with_header(self, name: str, value: str) -> Answer:
        """The same answer with one more header."""
        return Answer(self.status, self.body, [*self.headers, (name, value)])


def as_json(status: int, data: Any) -> Answer:
    """A plain JSON answer."""
    return Answer(status, json.dumps(data, ensure_ascii=False).encode(), [("content-type", JSON)])


def as_graph_json(status: int, data: Any) -> Answer:
    """JSON as Meta writes it: non-ASCII and slashes escaped."""
    return Answer(status, meta_bytes(data), [("content-type", "application/json; charset=UTF-8")])


def as_google_json(status: int, data: Any) -> Answer:
    """JSON with Google's content type."""
    return Answer(
        status,
        json.dumps(data, ensure_ascii=False).encode(),
        [("content-type", "application/json; charset=UTF-8")],
    )


def as_text(status: int, text: str) -> Answer:
    """A plain text answer."""
    return Answer(status, text.encode(), [("content-type", "text/html")])


def meta_bytes(data: Any) -> bytes:
    r"""PHP-style JSON: non-ASCII as lower-case ``\\uXXXX``, ``/`` as ``\\/``, no spaces."""
    return json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()
