"""The data-quality gate: how many rows there must be, and how many of them may lack a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import ConfigurationError, RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def null_rates(texts: Iterable[str], columns: Iterable[str]) -> dict[str, float]:
    """Read limits such as `payload=0.5`: of a column, the share of rows that may be without a value.

    Raises:
        ConfigurationError: one has another form, or names no column of the contract (code `null_rate_wrong`).
    """
    found, known = {}, set(columns)
    for text in texts:
        name, _, share = text.partition("=")
        try:
            found[name.strip()] = float(share)
        except ValueError:
            found[name.strip()] = -1.0
        if name.strip() not in known or not 0 <= found[name.strip()] <= 1:
            raise ConfigurationError(
                f"OPSFLOWS_ETL_DQ_NULL_RATES has {text!r}.",
                code="null_rate_wrong",
                next_action="Write column=share, such as payload=0.5, with a column of the contract.",
            )
    return found


def gate(rows: int, nulls: Mapping[str, int], *, least: int, most: int, rates: Mapping[str, float]) -> dict[str, float]:
    """Let the rows through, and return the share of nulls of each watched column.

    Args:
        rows: how many lie in the window.
        nulls: of each watched column, rows without a value.
        least: the fewest rows that are published.
        most: the most.
        rates: limits by column.

    Raises:
        RefusedInputError: they do not pass (`dq_too_few_rows`, `dq_too_many_rows`, `dq_nulls`).
    """
    found = {name: round(nulls.get(name, 0) / rows, 6) if rows else 0.0 for name in rates}
    if rows < least:
        raise _refused("too_few_rows", f"{rows} rows are fewer than {least}")
    if rows > most:
        raise _refused("too_many_rows", f"{rows} rows are more than {most}")
    over = [f"{name} {found[name]:.1%} (at most {limit:.1%})" for name, limit in rates.items() if found[name] > limit]
    if over:
        raise _refused("nulls", f"too many rows lack a value: {', '.join(over)}")
    return found


def _refused(why: str, told: str) -> RefusedInputError:
    return RefusedInputError(
        f"The data-quality gate is closed: {told}.",
        code=f"dq_{why}",
        next_action="Nothing was published. Correct the source, or the limits OPSFLOWS_ETL_DQ_….",
    )
