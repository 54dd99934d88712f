"""Data contracts: what a dataset promises, one file each in namespace_files/schemas/<dataset>.json.

A contract is refused when it is wrong, never interpreted: a misspelt rule would let rows through.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kit import files
from kit.errors import ConfigurationError

Type = Literal["text", "integer", "bigint", "numeric", "boolean", "date", "timestamptz", "uuid", "jsonb"]
Unknown = Literal["freeze", "evolve", "discard"]
Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
NUMBERS: Final = ("integer", "bigint", "numeric")
TIMES: Final = ("date", "timestamptz")
_WIDTHS: Final = {"integer": 2**31 - 1, "bigint": 2**63 - 1}


class Column(BaseModel):
    """One column. `min` and `max` are inclusive: numbers, ISO times, or `now`, `now+2h`, `now-30d` for times."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    type: Type
    description: str = ""
    nullable: bool = False
    enum: tuple[str, ...] | None = None
    min: str | int | None = None
    max: str | int | None = None
    max_length: int = Field(1_000, ge=1, le=1_000_000, description="characters of a text")
    precision: int = Field(18, ge=1, le=100, description="digits of a numeric, both sides of the point")
    scale: int = Field(6, ge=0, le=50, description="digits behind the point")

    @model_validator(mode="after")
    def _consistent(self) -> Column:
        ranged = self.min is not None or self.max is not None
        if ranged and self.type not in (*NUMBERS, *TIMES):
            raise ValueError(f"{self.name}: min and max are for numbers and times")
        if self.enum is not None and (self.type != "text" or not self.enum):
            raise ValueError(f"{self.name}: enum is for text, and not empty")
        if self.scale > self.precision:
            raise ValueError(f"{self.name}: scale exceeds precision")
        if self.type in TIMES:
            self.times(datetime.now(UTC))
        elif ranged and self.numbers()[0] > self.numbers()[1]:
            raise ValueError(f"{self.name}: min exceeds max")
        return self

    def numbers(self) -> tuple[Decimal, Decimal]:
        """Least and greatest number allowed, those of the type where none is given."""
        limit = Decimal(_WIDTHS.get(self.type, 10 ** (self.precision - self.scale)))
        least = -limit if self.min is None else Decimal(self.min)
        return max(least, -limit), min(limit if self.max is None else Decimal(self.max), limit)

    def times(self, now: datetime) -> tuple[datetime, datetime]:
        """Earliest and latest instant allowed at `now`; Postgres' years 1 to 9998 where none is given."""
        first = datetime(1, 1, 2, tzinfo=UTC) if self.min is None else instant(str(self.min), now)
        last = datetime(9998, 12, 31, tzinfo=UTC) if self.max is None else instant(str(self.max), now)
        return first, last


class Contract(BaseModel):
    """A dataset's columns, its key, and what to do with columns that the contract does not know.

    `version` names the column of the event time: of two rows with one key the later wins, and an older one never
    replaces what is there. `unknown`: `freeze` refuses the source, `evolve` adds a text column, `discard` drops it.
    `unique`: further sets of columns that no two rows share; the table has a unique index on each. `freshness`: the
    age (`36h`, `3d`) above which the newest event of the table is too old.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: Name
    description: str = ""
    columns: tuple[Column, ...] = Field(min_length=1)
    key: tuple[Name, ...] = Field(min_length=1)
    version: Name | None = None
    unknown: Unknown = "freeze"
    unique: tuple[tuple[Name, ...], ...] = ()
    freshness: str | None = Field(None, pattern=r"^[1-9][0-9]{0,5}[mhd]$")
    max_bad_rate: float = Field(0.05, ge=0, le=1, description="share of bad rows above which nothing is published")

    @model_validator(mode="after")
    def _consistent(self) -> Contract:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("a column is named twice")
        for name in (*self.key, *([self.version] if self.version else [])):
            if name not in names or self.column(name).nullable:
                raise ValueError(f"{name}: key and version are columns that are never null")
        if any(self.column(name).type in ("jsonb", "numeric") for name in self.key):
            raise ValueError("a key is no jsonb and no numeric")
        if lacking := [name for columns in self.unique for name in columns if name not in names] or () in self.unique:
            raise ValueError(f"unique names columns that there are: {lacking}")
        if self.freshness and (self.version is None or self.column(self.version).type not in TIMES):
            raise ValueError("freshness needs a version that is a time")
        if self.version and self.column(self.version).type not in (*TIMES, "integer", "bigint"):
            raise ValueError(f"{self.version}: the version is a time or a whole number")
        return self

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def read(dataset: str) -> Contract:
    """Return the contract of a dataset.

    Raises:
        ConfigurationError: there is none (`file_missing`), or it is wrong (`contract_wrong`).
    """
    return parse(files.read_text(f"schemas/{dataset}.json"), dataset)


def parse(text: str, where: str) -> Contract:
    """Return the contract that a JSON text holds; `where` names it in the error.

    Raises:
        ConfigurationError: it is no contract (code `contract_wrong`).
    """
    try:
        return Contract.model_validate_json(text)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(
            f"The contract {where} is wrong: {told}.", code="contract_wrong", next_action="Correct the file."
        ) from None


def instant(text: str, now: datetime) -> datetime:
    """Return the time that a bound names: ISO (UTC where it has no zone), `now`, `now+2h`, `now-30d`.

    Raises:
        ValueError: it is none of these.
    """
    if not text.startswith("now"):
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    shift = text.removeprefix("now")
    if not shift:
        return now
    unit = {"m": "minutes", "h": "hours", "d": "days"}[shift[-1]] if shift[-1] in "mhd" else None
    if unit is None or shift[0] not in "+-":
        raise ValueError(f"{text} is no bound: write now, now+2h, now-30d")
    return now + timedelta(**{unit: int(shift[:-1])})
