"""A filled site for each test, on one real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from backupkit import Site

from local import postgres


@pytest.fixture
def bare_site(pg_server: postgres.Server, tmp_path: Path) -> Iterator[Site]:
    """Roles, empty databases, empty folders."""
    made = Site(pg_server, tmp_path)
    made.build()
    yield made
    made.remove()


@pytest.fixture
def site(bare_site: Site) -> Site:
    bare_site.fill()
    return bare_site
