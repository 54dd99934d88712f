"""Receipt extraction by an OpenAI-compatible vision model."""

from adapters.openai_vision.engine import extract

__all__ = ["extract"]
