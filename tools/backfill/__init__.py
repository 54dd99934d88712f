"""Backfills from a terminal."""
