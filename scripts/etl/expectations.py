"""A contract as a suite of Great Expectations, run over a file. The package is imported here alone.

Values are read as the text they are in the file, so what is expected of a number or a time is a form and a range of
that text's value. A share of rows up to the contract's `max_bad_rate` may fail: they are in the quarantine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from etl import extras
from etl.load.contract import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from etl.load.contract import Column, Contract

_FORMS: Final = {
    "integer": r"^-?\d+$",
    "bigint": r"^-?\d+$",
    "numeric": r"^-?\d+(?:\.\d+)?$",
    "boolean": r"^(?i:true|false|t|f|1|0)$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "timestamptz": r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$",
    "uuid": r"^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "jsonb": r"^\s*\{[\s\S]*\}\s*$",
}


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation: its type as Great Expectations names it, and its arguments."""

    kind: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the suite ended: the number of expectations, and those that failed, as `kind column`."""

    expectations: int
    failed: tuple[str, ...]


def translate(contract: Contract) -> list[Expected]:
    """What a contract means, expectation by expectation. Pure."""
    names = [column.name for column in contract.columns]
    mostly = 1 - contract.max_bad_rate
    exact = contract.unknown == "freeze"
    found = [Expected("expect_table_columns_to_match_set", {"column_set": names, "exact_match": exact})]
    for column in contract.columns:
        found += [Expected(kind, {"column": column.name, "mostly": mostly, **more}) for kind, more in _rules(column)]
    # The one rule without exceptions: a key that is there twice would be published twice.
    found.append(_unique(contract.key))
    # What the loader takes out of its chunk; a null is like no other, as for Postgres.
    return [*found, *(_unique(columns, mostly) for columns in contract.unique)]


def run(contract: Contract, path: Path) -> Verdict:
    """Check a file against the contract; Great Expectations must be installed.

    GX_ANALYTICS_ENABLED, which the flow sets to false, says whether its makers are told of the use.
    """
    gx, pd = extras.load("great_expectations"), extras.load("pandas")
    frame = pd.read_csv(path, dtype=str, on_bad_lines="skip", encoding_errors="replace", keep_default_na=False)
    frame = frame.replace("", None)
    for column in contract.columns:
        if column.type in NUMBERS and column.name in frame:
            frame[f"{column.name}{_VALUE}"] = pd.to_numeric(frame[column.name], errors="coerce")
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("opsflows").add_dataframe_asset(contract.dataset)
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(name=contract.dataset, expectations=[_made(gx, item) for item in translate(contract)])
    result = batch.validate(suite)
    failed = [item.expectation_config for item in result.results if not item.success]
    told = [f"{config.type} {config.kwargs.get('column', '')}".strip() for config in failed]
    return Verdict(len(result.results), tuple(told))


_VALUE: Final = "__value"  # column of the numbers beside that of their text


def _rules(column: Column) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if not column.nullable:
        found.append(("expect_column_values_to_not_be_null", {}))
    if column.enum:
        found.append(("expect_column_values_to_be_in_set", {"value_set": list(column.enum)}))
    if column.type == "text":
        found.append(("expect_column_value_lengths_to_be_between", {"max_value": column.max_length}))
    if form := _FORMS.get(column.type):
        found.append(("expect_column_values_to_match_regex", {"regex": form}))
    if column.type in NUMBERS:
        least, most = column.numbers()
        bounds = {"min_value": float(least), "max_value": float(most)}
        found.append(("expect_column_values_to_be_between", {"column": f"{column.name}{_VALUE}", **bounds}))
    return found


def _unique(columns: Sequence[str], mostly: float = 1.0) -> Expected:
    share: dict[str, Any] = {"mostly": mostly} if mostly < 1 else {}
    if len(columns) == 1:
        return Expected("expect_column_values_to_be_unique", {"column": columns[0], **share})
    share |= {"ignore_row_if": "any_value_is_missing"}
    return Expected("expect_compound_columns_to_be_unique", {"column_list": list(columns), **share})


def _made(gx: Any, item: Expected) -> Any:
    arguments = dict(item.arguments)
    if "column_set" in arguments:  # our columns of values are beside the file's
        arguments["exact_match"] = False
    name = "".join(part.capitalize() for part in item.kind.split("_"))
    return getattr(gx.expectations, name)(**arguments)
