"""What is to be loaded, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from etl.load.contract import Contract
    from etl.load.source import Source

Plan = Literal["straight", "diff"]
State = Literal["done", "skipped", "planned"]


@dataclass(frozen=True)
class Job:
    """One load.

    Attributes:
        run: its name, the same when it is tried again: it resumes at the first chunk without a checkpoint.
        source, contract: what is read, and what it must be.
        schema, table: where to.
        window: one run at a time a table and window.
        workers: processes that judge, and connections that publish.
        max_bad_rate: share of bad rows above which nothing is published; None: the contract's.
        ttl_minutes: how long the same content is not loaded again by another run.
        allow_overwrite: load it again all the same; a run that is known starts over.
        dry_run: judge and plan, write nothing.
        insert_only: leave rows that are there as they are.
        statement_ms: the longest that one statement may take; 0: no limit.
        retries: how often a chunk is tried again after a deadlock, a lost connection, a time-out.
        retry_initial_ms: the first wait before that; it doubles.
    """

    run: str
    source: Source
    contract: Contract
    table: str
    schema: str = "public"
    window: str = "all"
    workers: int = 2
    max_bad_rate: float | None = None
    ttl_minutes: int = 60
    allow_overwrite: bool = False
    dry_run: bool = False
    insert_only: bool = False
    statement_ms: int = 0
    retries: int = 3
    retry_initial_ms: int = 200

    @property
    def target(self) -> str:
        """Schema and table."""
        return f"{self.schema}.{self.table}"

    @property
    def window_lock(self) -> str:
        """What the run holds as long as it lasts."""
        return f"etl:load:{self.target}:{self.window}"

    @property
    def workers_lock(self) -> str:
        """What its workers hold, so that the next run can wait for the orphans of a killed one."""
        return f"{self.window_lock}:workers"

    @property
    def bad_rate(self) -> float:
        """The share of bad rows that is still published."""
        return self.contract.max_bad_rate if self.max_bad_rate is None else self.max_bad_rate


@dataclass(frozen=True)
class Report:
    """What a load did: `skipped` when the same content was loaded a short time ago, `planned` for a dry run.

    `rows` counts the good ones, `duplicates` those of them that a later row with the same key replaced.
    """

    run: str
    state: State
    plan: Plan | None = None
    checksum: str = ""
    rows: int = 0
    bad: int = 0
    duplicates: int = 0
    inserted: int = 0
    updated: int = 0
    chunks: int = 0
    chunks_resumed: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    same_as: str | None = None

    @property
    def unchanged(self) -> int:
        """Rows that were there already."""
        return self.rows - self.duplicates - self.inserted - self.updated
