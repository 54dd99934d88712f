"""What the model side was asked and what it answered."""

from __future__ import annotations

from pydantic import BaseModel, Field

PART = "openai"


class Completion(BaseModel):
    """One answered request. ``picture`` is the SHA-256 of the first image."""

    at: float
    id: str
    model: str
    picture: str | None
    finish_reason: str
    content: str | None
    refusal: str | None = None
    prompt_tokens: int
    completion_tokens: int
    ms: float


class OpenAIState(BaseModel):
    """The whole part."""

    completions: list[Completion] = Field(default_factory=list)
