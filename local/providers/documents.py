"""Documents that a demo puts on the page, so that a person can open them."""

from __future__ import annotations

from pydantic import BaseModel, Field

PART = "documents"

# Shown in the browser as what they are. Markdown is shown as text; anything else is a download.
_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})


class Document(BaseModel):
    """One document; ``sha256`` names the blob."""

    name: str
    mime_type: str
    sha256: str
    at: float

    @property
    def inline(self) -> bool:
        """Whether a browser may show it."""
        return self.mime_type.startswith("text/") or self.mime_type in _INLINE

    @property
    def shown_as(self) -> str:
        """The content type that is sent: never HTML."""
        if self.mime_type.startswith("text/"):
            return "text/plain; charset=utf-8"
        return self.mime_type if self.inline else "application/octet-stream"


class Documents(BaseModel):
    """The whole part."""

    by_name: dict[str, Document] = Field(default_factory=dict)

    def put(self, name: str, mime_type: str, sha256: str, at: float) -> Document:
        """Add or replace a document."""
        self.by_name[name] = Document(name=name, mime_type=mime_type.partition(";")[0].strip(), sha256=sha256, at=at)
        return self.by_name[name]
