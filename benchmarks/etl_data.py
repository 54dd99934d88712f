"""Files of sales events for the loader's benchmark: the same bytes every time.

Eight columns as the contract sales_events says, about 130 bytes a row: a text key, a time, a numeric, a JSON object.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COLUMNS: Final = "event_id,customer_id,event_type,occurred_at,amount,currency,quantity,payload"
DDL: Final = """
drop table if exists bench;
create table bench (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb)
"""
_DUPLICATES: Final = 100  # every hundredth row of the random file comes again, somewhere else, with a later time


class Files(NamedTuple):
    """Keys in order; one row in ten with another amount; random order with duplicates, and without them for COPY."""

    ordered: Path
    changed: Path
    random: Path
    random_unique: Path


def line(number: int, *, cents: int = 0, later: bool = False) -> str:
    """One event of a number."""
    when = f"2025-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:{number % 60:02}:{30 if later else 0:02}Z"
    payload = f'"{{""sku"": ""P-{number % 5000:05}"", ""channel"": ""{("web", "shop", "app")[number % 3]}"", '
    payload += f'""discount"": 0.{number % 30:02}}}"'
    kind, amount = ("sale", "refund", "visit")[number % 3], f"{1 + number * 31 % 9999}.{(number + cents) % 100:02}"
    return f"evt-{number:012},{1 + number * 7919 % 200_000},{kind},{when},{amount},EUR,{1 + number % 9},{payload}\n"


def ordered(folder: Path, rows: int) -> Path:
    """The file with keys in order."""
    return _write(folder / f"ordered-{rows}.csv", (line(number) for number in range(rows)))


def make(folder: Path, rows: int) -> Files:
    """All files; those that are there are left."""
    numbers = list(range(rows - rows // _DUPLICATES))
    again = random.Random(7).sample(numbers, rows // _DUPLICATES)
    mixed = [(number, False) for number in numbers] + [(number, True) for number in again]
    random.Random(7).shuffle(mixed)
    return Files(
        ordered(folder, rows),
        _write(folder / f"changed-{rows}.csv", (line(n, cents=n % 10 == 0) for n in range(rows))),
        _write(folder / f"random-{rows}.csv", (line(n, later=later) for n, later in mixed)),
        _write(folder / f"unique-{rows}.csv", (line(n) for n, later in mixed if not later)),
    )


def _write(path: Path, lines: Iterable[str]) -> Path:
    if not path.exists():
        draft = path.with_suffix(".draft")
        with draft.open("w") as file:
            file.write(COLUMNS + "\n")
            file.writelines(lines)
        draft.rename(path)
    return path
