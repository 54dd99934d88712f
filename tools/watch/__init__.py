"""The dead man's switch outside Kestra: does it answer, and does it still watch itself? docs/watch.md has the timer."""
