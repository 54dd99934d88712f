"""What a model costs and until when it lives, from namespace_files/config/prices.json. The API tells neither."""

from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from kit import configs

PRICES_FILE = "config/prices.json"


class Price(BaseModel):
    """A model's prices in US dollars for `per_tokens` tokens.

    Attributes:
        cached_input: price of input tokens that the provider had cached; the full price when None.
        reasoning_effort: what to send so that no reasoning is billed; None where the parameter is not known.
        ends_on: the day on which the provider shuts the model down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal
    cached_input: Decimal | None
    output: Decimal
    reasoning_effort: str | None
    ends_on: date | None


class PriceTable(BaseModel):
    """The file; `checked_on` says how old its prices are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checked_on: date
    currency: str
    per_tokens: int
    models: dict[str, Price]


class Usage(NamedTuple):
    """Tokens of one call; `cached` is the part of `prompt` that was cached."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


@cache
def table() -> PriceTable:
    """Reads the price table once per process.

    Raises:
        ConfigurationError: the file is malformed.
    """
    return configs.read(PriceTable, PRICES_FILE)


def price_of(model: str) -> Price | None:
    """Returns the price of a model, or of the model that it is a dated snapshot of; None for unknown models."""
    models = table().models
    known = [name for name in models if model == name or model.startswith(f"{name}-20")]
    return models[max(known, key=len)] if known else None


def cost_usd(model: str, usage: Usage) -> Decimal | None:
    """Returns what a call costs in US dollars, or None when the model's price is not known."""
    price = price_of(model)
    if price is None:
        return None
    cached = price.input if price.cached_input is None else price.cached_input
    total = (usage.prompt - usage.cached) * price.input + usage.cached * cached + usage.completion * price.output
    return total / table().per_tokens
