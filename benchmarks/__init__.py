"""Commands that measure what docs/figures.md states."""
