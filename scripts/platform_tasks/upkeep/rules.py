"""Which tables have a retention, by which column and for how long: namespace_files/config/retention.json, nothing else.

A table that is not in that list is never touched, whatever a flow is asked for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from psycopg2 import sql
from pydantic import BaseModel, ConfigDict, Field

from kit import configs
from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.db import Connection

FILE: Final = "config/retention.json"
SHORTEST, LONGEST = 7, 1095
Days = Annotated[int, Field(ge=SHORTEST, le=LONGEST)]
Kind = Literal["etl", "state"]


class Rule(BaseModel):
    """Rows of `table` whose `time` is past go; of `only`, those whose column has one of the values.

    Attributes:
        table: schema and name, with a point between them.
        keep: the flow's input that says for how many days; `longest` is the longest of them.
        time: its column; rows without a time stay.
        only: column and the values with which a row may go.
        event_keys: it is a table of events, whose keys in etl_event_keys go with them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str = Field(pattern=r"^[^.]+\..+$")
    keep: str
    time: str
    only: dict[str, list[str]] = {}
    event_keys: bool = False

    @property
    def step(self) -> str:
        """What the run's record calls it; two rules of a table differ in their values."""
        return ":".join([self.table, *(value for values in self.only.values() for value in values)])

    @property
    def parts(self) -> tuple[str, str]:
        """Schema and name."""
        schema, _, name = self.table.partition(".")
        return schema, name

    @property
    def identifier(self) -> sql.Identifier:
        """Schema and name, quoted."""
        return sql.Identifier(*self.parts)

    def name(self, conn: Connection) -> str:
        """Schema and name as `to_regclass` reads them."""
        return str(self.identifier.as_string(conn))

    def condition(self) -> sql.Composable:
        """Which rows may go at all, as the end of a WHERE."""
        return sql.SQL("").join(
            sql.SQL(" and {} = any ({})").format(sql.Identifier(column), sql.Literal(values))
            for column, values in self.only.items()
        )


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    etl: list[Rule]
    state: list[Rule]


def every(kind: Kind) -> list[Rule]:
    """The rules of one flow, in the order in which they are followed."""
    found: list[Rule] = getattr(configs.read(_List, FILE), kind)
    return found


def chosen(kind: Kind, tables: Sequence[str]) -> list[Rule]:
    """The rules of some tables, or all of them.

    Raises:
        RefusedInputError: a table is not in the list (code `table_not_allowed`).
    """
    rules = every(kind)
    if unknown := sorted(set(tables) - {rule.table for rule in rules}):
        raise RefusedInputError(
            f"No retention is laid down for {', '.join(map(repr, unknown))}.",
            code="table_not_allowed",
            next_action=f"Choose from namespace_files/{FILE}, or add the table there and release it.",
        )
    return [rule for rule in rules if not tables or rule.table in tables]


def days(rule: Rule, kept: Mapping[str, Any]) -> int:
    """For how many days the rows of a rule stay."""
    return max(kept.values()) if rule.keep == "longest" else int(kept[rule.keep])


def cutoff(rule: Rule, kept: Mapping[str, Any], now: datetime) -> datetime:
    """The moment before which the rows of a rule are past their time."""
    return before(now, days(rule, kept))


def before(now: datetime, days: int) -> datetime:
    """So many days earlier."""
    return now - timedelta(days=days)
