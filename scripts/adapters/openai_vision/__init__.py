"""Receipt extraction by an OpenAI-compatible vision model."""

from adapters.openai_vision.engine import extract, most_usd

__all__ = ["extract", "most_usd"]
