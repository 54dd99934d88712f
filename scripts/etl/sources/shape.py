"""Whether a source has the columns of a contract, before a row is read: missing, unknown, of another type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from etl.load.contract import Contract

# What a source may have for a contract's type. Text fits all, because the loader judges its rows one by one.
# A float never fits: it does not hold what a numeric promises.
_FITTING: Final[dict[str, frozenset[str]]] = {
    "text": frozenset({"uuid"}),
    "integer": frozenset({"integer"}),
    "bigint": frozenset({"integer", "bigint"}),
    "numeric": frozenset({"integer", "bigint", "numeric"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "timestamptz": frozenset({"timestamptz"}),
    "uuid": frozenset({"uuid"}),
    "jsonb": frozenset({"jsonb"}),
}
_POSTGRES: Final[dict[str, str]] = {
    "character varying": "text",
    "character": "text",
    "smallint": "integer",
    "json": "jsonb",
    "timestamp with time zone": "timestamptz",
}


def columns(contract: Contract, types: Mapping[str, str | None], own: Collection[str] = ()) -> list[str]:
    """Return the columns to bring, in the order of the contract.

    Args:
        contract: what is promised.
        types: the source's columns with their types in the contract's words; None: not known, or judged by row.
        own: columns that only the source needs (its key, the time of recording); they are left out.

    Raises:
        RefusedInputError: `columns_missing`, `columns_unknown`, `columns_retyped`; the message names them.
    """
    known = {column.name: column for column in contract.columns}
    unknown = [name for name in types if name not in known and name not in own]
    if missing := [name for name in known if name not in types]:
        also = f" It has {', '.join(unknown)}, which the contract does not know." if unknown else ""
        raise _refused("missing", f"lacks the columns {', '.join(missing)}.{also}")
    if unknown and contract.unknown == "freeze":
        raise _refused("unknown", f"has columns that the contract does not know: {', '.join(unknown)}.")
    retyped = [
        f"{name} ({found} instead of {known[name].type})"
        for name, found in types.items()
        if name in known and found not in (None, "text") and found not in _FITTING[known[name].type]
    ]
    if retyped:
        raise _refused("retyped", f"has columns of another type: {', '.join(retyped)}.")
    return [*known, *(unknown if contract.unknown == "evolve" else [])]


def postgres_type(name: str) -> str:
    """A type as Postgres formats it (`numeric(12,2)`), in the contract's words; its own where there is none."""
    bare = re.sub(r"\([^)]*\)", "", name).replace("  ", " ").strip()
    return _POSTGRES.get(bare, bare)


def _refused(what: str, told: str) -> RefusedInputError:
    return RefusedInputError(
        f"The source {told}",
        code=f"columns_{what}",
        next_action="Correct the source; for a change that is meant correct the contract.",
    )
