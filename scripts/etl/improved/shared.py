"""What the steps of the flow `etl_improved` share: its parameters, its run in the book, its audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from etl import record, tables
from etl.load import contract, source
from etl.load.job import Job
from kit import task

if TYPE_CHECKING:
    from pathlib import Path

    from etl.load.contract import Contract
    from kit.db import Connection

FLOW: Final = "etl_improved"
DATASET: Final = "etl_improved_events"


class Parameters(task.TaskInputs):
    """The flow's inputs.

    Attributes:
        source: name in namespace_files/config/sources.json.
        batch_size: rows that are enriched at a time.
        chunk_size: rows of a transaction with its checkpoint; 0: as the loader is fastest.
        min_acceptance_ratio: the least share of extracted rows that the contract must accept.
        enforce_ge: refuse what fails the expectation suite, and a run without Great Expectations.
        db_page_size: rows of a page that is read from a database by keyset.
    """

    source: str = "sales_events_table"
    batch_size: int = Field(500, ge=1, le=1_000_000)
    run_label: str = Field(FLOW, pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    chunk_size: int = Field(500, ge=0, le=10_000_000)
    schema_name: tables.SchemaName = "public"
    table_name: tables.TableName = "etl_improved_events"
    audit_table_name: tables.TableName = "etl_improved_audit"
    min_acceptance_ratio: float = Field(1.0, ge=0, le=1)
    enforce_ge: bool = False
    mlflow_enable: bool = False
    mlflow_experiment: str = FLOW
    dry_run: bool = False
    db_statement_timeout_ms: int = Field(0, ge=0)
    db_max_retries: int = Field(3, ge=0, le=20)
    db_retry_initial_ms: int = Field(200, ge=1)
    db_page_size: int = Field(1_000, ge=1, le=1_000_000)

    @property
    def target(self) -> str:
        """Schema and table."""
        return f"{self.schema_name}.{self.table_name}"

    @property
    def consumer(self) -> str:
        """Who has read the source how far: each target for itself."""
        return f"{FLOW}:{self.target}"


class Enriched(Parameters):
    """The flow's inputs after the run has begun; `enriched`: the file of its rows."""

    run_id: int
    enriched: str = "enriched.csv"


class Planned(Enriched):
    """`chunk_rows`: of the plan; 0: as the loader cuts them."""

    chunk_rows: int = 0


def begin(conn: Connection, inputs: Parameters, ctx: task.Context) -> int:
    """The run's number; the same for every step of an execution."""
    return record.begin(
        conn,
        flow=FLOW,
        run_label=inputs.run_label,
        run_name=run_name(inputs, ctx),
        execution_id=ctx.execution_id,
        release=ctx.release,
        dry_run=inputs.dry_run,
        params=parameters(inputs),
    )


def parameters(inputs: Parameters) -> dict[str, Any]:
    """The flow's inputs as JSON, without what a step adds."""
    return {name: getattr(inputs, name) for name in Parameters.model_fields}


def run_name(inputs: Parameters, ctx: task.Context) -> str:
    """The load's name: the same execution resumes, another one does not."""
    return f"{inputs.run_label}-{ctx.execution_id or 'by-hand'}"


def audit(conn: Connection, run_id: int, inputs: Parameters, action: str, detail: dict[str, Any]) -> None:
    """Enter a step into the run's audit table."""
    record.audit(conn, run_id, action, detail, schema=inputs.schema_name, table=inputs.audit_table_name)


def job(inputs: Parameters, ctx: task.Context, path: Path, chunk_rows: int, *, dry_run: bool) -> Job:
    """The load of a file of enriched events."""
    return Job(
        run=run_name(inputs, ctx),
        source=source.CsvFile(path, chunk_rows=chunk_rows or None),
        contract=contracted(),
        table=inputs.table_name,
        schema=inputs.schema_name,
        dry_run=dry_run,
        statement_ms=inputs.db_statement_timeout_ms,
        retries=inputs.db_max_retries,
        retry_initial_ms=inputs.db_retry_initial_ms,
    )


def contracted() -> Contract:
    """The contract of enriched events."""
    return contract.read(DATASET)
