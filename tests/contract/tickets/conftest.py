"""Receipts against the real sandbox process, the real OCR and a real Postgres."""

from pathlib import Path

import pytest

from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "ticket_supermercado.jpg"


@pytest.fixture(scope="session")
def jpeg():
    """A made-up receipt over 21.75 EUR."""
    return SAMPLE.read_bytes()
