"""A property's options as HubSpot has them, kept for a while so that not every change asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from psycopg2.extras import Json

from leads import queries

if TYPE_CHECKING:
    from adapters.hubspot import Client
    from kit.db import Connection

KEPT_S: Final = 3600


def of(conn: Connection, portal: Client, name: str, wanted: str) -> list[str]:
    """Return the internal values of a property's options.

    Args:
        conn: a connection.
        portal: HubSpot, asked when nothing is kept, when it is older than an hour, or lacks `wanted`.
        name: the property's internal name.
        wanted: a value that may have been added since.

    Raises:
        NotFoundError: there is no such property.
    """
    kept = queries.one(conn, "kept_options", name=name, kept_s=KEPT_S)
    if kept and wanted in kept["options"]:
        return list(kept["options"])
    options = [str(one["value"]) for one in portal.property(name).get("options") or [] if not one.get("hidden")]
    queries.run(conn, "keep_options", name=name, options=Json(options))
    return options
