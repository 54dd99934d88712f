"""Receipt extraction by an OpenAI-compatible vision model."""
