"""What a database needs when its archive is loaded and before it is used.

The place for what an archive does not carry: planner statistics today; materialised views that must be refreshed in an
order of their own belong here as well. Each statement runs as the database's owner, in the new database, in order.
"""

from psycopg2 import sql

from tools.backup import postgres
from tools.backup.settings import Database, Settings

EVERYWHERE = ("analyze",)
# Further statements by database, such as {"opsflows": ("refresh materialized view …",)}.
BY_DATABASE: dict[str, tuple[str, ...]] = {}


def run(settings: Settings, database: Database, name: str) -> None:
    """Run the steps of `database` in its restored copy `name`.

    Raises:
        BackupError: a step failed; the copy must not be used.
    """
    with postgres.connected(settings, name, settings.admin) as conn:
        postgres.execute(conn, sql.SQL("set role {}").format(sql.Identifier(database.owner.user)))
        for statement in BY_DATABASE.get(database.name, ()) + EVERYWHERE:
            postgres.execute(conn, statement)
