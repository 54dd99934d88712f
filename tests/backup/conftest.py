"""A filled site for each test, on one real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from backupkit import Site

from kit import db
from local import postgres
from tests.kit_support import pg_server

__all__ = ["pg_server"]


@pytest.fixture(scope="session")
def hasty_server(pg_server: postgres.Server) -> postgres.Server:
    """Databases come and go by the hundred here; none of them must survive a power cut."""
    with db.connect(pg_server.dsn) as admin:
        db.execute(admin, "alter system set fsync = off")
        db.execute(admin, "select pg_reload_conf()")
    return pg_server


@pytest.fixture
def bare_site(hasty_server: postgres.Server, tmp_path: Path) -> Iterator[Site]:
    """Roles, empty databases, empty folders."""
    made = Site(hasty_server, tmp_path)
    made.build()
    yield made
    made.remove()


@pytest.fixture
def site(bare_site: Site) -> Site:
    bare_site.fill()
    return bare_site
