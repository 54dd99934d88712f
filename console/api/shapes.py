"""What the API answers with."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotation
from typing import Literal

from pydantic import BaseModel, Field


class Run(BaseModel):
    """One run of an ETL flow."""

    run_id: int
    flow: str
    run_label: str = Field(description="what the flow's runs are compared by; may be blank")
    run_name: str = Field(description="the same one resumes")
    execution_id: str = Field(description="Kestra's")
    status: Literal["running", "succeeded", "failed", "refused", "skipped", "planned"]
    dry_run: bool = Field(description="a rehearsal: in no figure")
    total_rows: int | None = Field(description="accepted")
    expected_rows: int | None = Field(description="extracted")
    ratio: float | None = Field(description="accepted / extracted, 0 to 1")
    num_chunks: int | None = Field(description="transactions with a checkpoint")
    duration_ms: int | None
    code: str | None = Field(description="how it ended")
    started_at: datetime
    finished_at: datetime | None


class Metric(BaseModel):
    """One figure that a run measured."""

    name: str
    labels: dict[str, str]
    value: float


class Latest(BaseModel):
    """The run that ended last with figures; null before the first."""

    run: Run | None
    metrics: list[Metric]


class History(BaseModel):
    """A page of runs, the newest first."""

    runs: list[Run]
    next: str | None = Field(description="`cursor` of the next page; null on the last one")


class Alert(BaseModel):
    """Something that people should look at."""

    alert_id: int = Field(description="unique within its source")
    source: Literal["etl", "operations"] = Field(description="raised by an ETL run, or told to people by alert_router")
    kind: str
    level: Literal["info", "warning", "critical"]
    message: str
    flow: str | None
    run_id: int | None
    run_name: str | None
    created_at: datetime


class Alerts(BaseModel):
    """The newest alerts first, 50 at most."""

    alerts: list[Alert]


class Check(BaseModel):
    """One thing that was looked at."""

    name: Literal["database", "last_run", "stuck_runs", "critical_alerts", "quarantine"]
    status: Literal["ok", "warning"]
    detail: str


class Health(BaseModel):
    """How the ETL is; a database that is away is a problem with status 503 instead."""

    status: Literal["ok", "warning"]
    checked_at: datetime
    checks: list[Check]
