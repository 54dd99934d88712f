"""Watching executions and the figures of the runs: what ran, what did not, what was unusual (docs/watch.md)."""
