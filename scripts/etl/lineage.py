"""Where rows came from and went to: rows of `etl_lineage_edges`, and an OpenLineage event where a server is set.

An event that cannot be delivered never hinders a load: it is logged, and the edges in Postgres stay the record.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import Json

from etl import queries
from kit import dates, db, settings
from kit.errors import ConflictError, OpsflowsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.db import Connection, Row

_SCHEMA: Final = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_ROWS: Final = "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json"
_PRODUCER: Final = "urn:opsflows:etl"
_NAMESPACE: Final = "opsflows.etl"
_EVENT_TYPES: Final = {"succeeded": "COMPLETE", "planned": "COMPLETE", "failed": "FAIL", "refused": "ABORT"}


def record(  # noqa: PLR0913 - the parts of a run's lineage, keyword-only
    conn: Connection,
    run_id: int,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    rows: Mapping[str, int] | None = None,
    checksums: Mapping[str, str] | None = None,
    release: str = "",
    parents: Sequence[str] = (),
) -> bool:
    """Record what a run read and wrote, and tell an OpenLineage server if one is set.

    Args:
        conn: a connection.
        run_id: as `etl.record.begin` gave it.
        inputs: datasets, such as `postgres:source.sales_events` or a file's URI.
        outputs: the same.
        rows: of a dataset, how many.
        checksums: of a dataset, over what was read or written.
        release: of the scripts.
        parents: executions or runs that this one followed.

    Returns:
        Whether an OpenLineage server took the event.

    Raises:
        ConflictError: there is no such run (code `run_unknown`).
    """
    rows, checksums = rows or {}, checksums or {}
    with db.transaction(conn):
        run = queries.one(conn, "lineage_run", run_id=run_id, release=release, parents=Json(list(parents)))
        if run is None:
            raise ConflictError(f"There is no run {run_id}.", code="run_unknown", next_action="Begin it first.")
        for direction, datasets in (("input", inputs), ("output", outputs)):
            for name in datasets:
                found = {"rows": rows.get(name), "checksum": checksums.get(name)}
                queries.run(conn, "lineage_put", run_id=run_id, direction=direction, dataset=name, **found)
    url = settings.get().openlineage_url
    return _send(url, event(run, inputs, outputs, rows, parents)) if url else False


def record_windows(conn: Connection, run_id: int, source: str, backfill: str) -> int:
    """Record which windows of a source a backfill brought, an edge each: `source[since/until]`, rows and checksum.

    Windows that an earlier backfill proved are edges of its own run. Returns the number of edges.
    """
    return queries.run(conn, "lineage_windows", run_id=run_id, source=source, backfill_id=backfill)


def event(
    run: Row, inputs: Sequence[str], outputs: Sequence[str], rows: Mapping[str, int], parents: Sequence[str]
) -> dict[str, Any]:
    """The OpenLineage event of a run; a run that is told again keeps its id."""
    facets: dict[str, Any] = {"opsflows": {**_facet(_PRODUCER), "runName": run["run_name"], "parents": list(parents)}}
    return {
        "eventType": _EVENT_TYPES.get(run["status"], "RUNNING"),
        "eventTime": dates.to_iso(dates.utcnow()),
        "run": {
            "runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"opsflows:{run['flow']}:{run['run_id']}")),
            "facets": facets,
        },
        "job": {"namespace": _NAMESPACE, "name": run["flow"]},
        "inputs": [{**_dataset(name)} for name in inputs],
        "outputs": [{**_dataset(name), "outputFacets": _statistics(rows.get(name))} for name in outputs],
        "producer": _PRODUCER,
        "schemaURL": _SCHEMA,
    }


def _dataset(name: str) -> dict[str, Any]:
    namespace, _, rest = name.partition(":")
    return {"namespace": namespace, "name": rest} if rest else {"namespace": _NAMESPACE, "name": name}


def _statistics(rows: int | None) -> dict[str, Any]:
    return {} if rows is None else {"outputStatistics": {**_facet(_ROWS), "rowCount": rows}}


def _facet(schema: str) -> dict[str, str]:
    return {"_producer": _PRODUCER, "_schemaURL": schema}


def _send(url: str, body: Mapping[str, Any]) -> bool:
    from kit import logging, policies

    try:
        # The event's id is ours, so the server knows a repeat.
        policies.client("openlineage", url).request("POST", url, json=body, keyed=True, expect_json=False)
    except OpsflowsError as error:
        logging.get(__name__).warning("etl.lineage.not_delivered", **error.outcome())
        return False
    return True
