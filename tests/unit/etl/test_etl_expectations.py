"""A contract as expectations, without the package that runs them."""

import json

from etl import expectations
from etl.load import contract

COLUMNS = [
    {"name": "id", "type": "text"},
    {"name": "shop", "type": "text"},
    {"name": "number", "type": "bigint", "nullable": True},
]


def unique(**changes) -> list[tuple[str, dict]]:
    made = {"dataset": "orders", "columns": COLUMNS, "key": ["id"], "max_bad_rate": 0.1, **changes}
    found = expectations.translate(contract.parse(json.dumps(made), "test"))
    return [(one.kind, one.arguments) for one in found if "unique" in one.kind]


def test_every_set_of_columns_that_is_unique_is_expected_to_be():
    several = {"ignore_row_if": "any_value_is_missing"}
    assert unique(unique=[["number"], ["shop", "number"]]) == [
        ("expect_column_values_to_be_unique", {"column": "id"}),
        ("expect_column_values_to_be_unique", {"column": "number", "mostly": 0.9}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["shop", "number"], "mostly": 0.9, **several}),
    ]


def test_a_key_knows_no_exception():
    columns = {"column_list": ["shop", "id"], "ignore_row_if": "any_value_is_missing"}
    assert unique(key=["shop", "id"]) == [("expect_compound_columns_to_be_unique", columns)]
