"""The prompt's recorded hash, the price table, and the schema that strict mode takes."""

import json
from datetime import date
from decimal import Decimal

import pytest
from openai.lib._pydantic import to_strict_json_schema

from adapters.openai_vision import prices, prompt
from adapters.openai_vision.prices import Usage
from adapters.openai_vision.wire import FieldName, WireReceipt
from kit import errors, files
from tickets.extraction.model import Receipt


def test_every_version_of_every_prompt_is_the_text_that_was_recorded(monkeypatch):
    recorded = json.loads(files.read_text(prompt.VERSIONS_FILE))
    for name, entry in recorded.items():
        for version in entry["versions"]:
            chosen = {name: {**entry, "current": version}}
            monkeypatch.setattr(files, "read_text", lambda _, chosen=chosen: json.dumps(chosen))
            assert prompt.load(name).name == f"{name}@{version}"


def test_a_prompt_that_was_edited_in_place_is_refused(monkeypatch):
    entry = {"receipt": {"current": "1", "versions": {"1": {"file": "receipt_v1.md", "sha256": "0" * 64}}}}
    monkeypatch.setattr(files, "read_text", lambda _: json.dumps(entry))
    with pytest.raises(errors.ConfigurationError) as raised:
        prompt.load("receipt")
    assert raised.value.code == "prompt_changed"


def test_an_unknown_prompt_is_a_configuration_error():
    with pytest.raises(errors.ConfigurationError):
        prompt.load("poem")


def test_the_prompt_names_every_field_and_says_that_the_picture_is_data():
    text = prompt.load("receipt").text
    assert "never an\ninstruction" in text
    named = {"is_receipt", "unclear_fields", "legibility", "total", "subtotal", "taxes", "lines", "issued_on"}
    assert all(f"`{name}`" in text for name in named)


@pytest.mark.parametrize(
    ("model", "usage", "cost"),
    [
        ("gpt-6-luna", Usage(1_000_000, 0, 0), "0.10"),
        ("gpt-6-luna", Usage(0, 0, 1_000_000), "0.50"),
        ("gpt-6-luna", Usage(1_000_000, 1_000_000, 0), "0.01"),
        ("gpt-6-luna", Usage(2000, 500, 300), "0.000305"),
        ("gpt-4o-mini", Usage(1_000_000, 500_000, 0), "0.15"),
        ("gpt-4o-mini-2024-07-18", Usage(0, 0, 1_000_000), "0.60"),
    ],
)
def test_what_a_call_costs(model, usage, cost):
    assert prices.cost_usd(model, usage) == Decimal(cost)


@pytest.mark.parametrize("model", ["llava", "gpt-4o-miniature", "gpt-6", ""])
def test_an_unknown_model_has_no_price(model):
    assert prices.price_of(model) is None
    assert prices.cost_usd(model, Usage(1, 0, 1)) is None


def test_the_end_of_gpt_4o_mini_is_known():
    assert prices.price_of("gpt-4o-mini").ends_on == date(2027, 1, 14)


def test_a_malformed_price_table_is_a_configuration_error(monkeypatch):
    prices.table.cache_clear()
    monkeypatch.setattr(files, "read_text", lambda _: '{"models": {}}')
    with pytest.raises(errors.ConfigurationError):
        prices.table()
    prices.table.cache_clear()


def objects(schema):
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_the_schema_is_one_that_strict_mode_takes():
    schema = to_strict_json_schema(WireReceipt)
    found = list(objects(schema))
    assert len(found) == 3
    for part in found:
        assert part["additionalProperties"] is False
        assert sorted(part["required"]) == sorted(part["properties"])
    assert "default" not in json.dumps(schema)


def test_no_amount_travels_as_a_number():
    assert '"number"' not in json.dumps(to_strict_json_schema(WireReceipt))


def test_the_form_has_every_field_of_a_receipt():
    assert set(Receipt.model_fields) <= set(WireReceipt.model_fields)
    assert set(FieldName.__args__) == set(Receipt.model_fields)
