"""What a database needs when its archive is loaded and before it is used.

The place for what an archive does not carry, such as planner statistics; and the daily figures of the ETL flows, which
must agree with the rows they are made of. Each statement runs as the database's owner, in the new database, in order.
"""

from psycopg2 import sql

from tools.backup import postgres
from tools.backup.settings import Database, Settings

EVERYWHERE = ("analyze",)
# A backup of an older release has no such function.
_REFRESH = """
do $$ begin
    if to_regprocedure('public.refresh_etl_mvs()') is not null then
        perform public.refresh_etl_mvs();
    end if;
end $$
"""
# Further statements by database.
BY_DATABASE: dict[str, tuple[str, ...]] = {"opsflows": (_REFRESH,)}


def run(settings: Settings, database: Database, name: str) -> None:
    """Run the steps of `database` in its restored copy `name`.

    Raises:
        BackupError: a step failed; the copy must not be used.
    """
    with postgres.connected(settings, name, settings.admin) as conn:
        postgres.execute(conn, sql.SQL("set role {}").format(sql.Identifier(database.owner.user)))
        for statement in BY_DATABASE.get(database.name, ()) + EVERYWHERE:
            postgres.execute(conn, statement)
