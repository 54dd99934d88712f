"""Reads a receipt by a vision model behind the OpenAI API (OpenAI, vLLM, Ollama and gateways all serve it).

Nothing is stored at the provider, no reasoning is bought, and neither picture nor answer reaches a log.
"""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

from adapters.openai_vision import call, prices, prompt
from adapters.openai_vision.wire import PROVIDER, to_receipt, to_scores
from kit import logging, policies
from kit.errors import OpsflowsError
from tickets.extraction.model import Extraction

if TYPE_CHECKING:
    from decimal import Decimal

    from kit import http
    from kit.settings import Settings

PROMPT = "receipt"
# A long receipt has about 60 lines of 25 tokens; an answer beyond this has run away.
MAX_ANSWER_TOKENS = 4096
MAX_TOTAL_S = 45.0
# A picture of at most 2,400 pixels, the prompt and the schema stay below it with every model of the price table.
MAX_INPUT_TOKENS = 6000
TRIES = 3


def extract(
    jpeg: bytes,
    *,
    settings: Settings,
    api_key: str,
    locale: str | None = None,
    policy: http.RetryPolicy | None = None,
    words: str = PROMPT,
) -> Extraction:
    """Asks the model for the fields of a receipt.

    Args:
        jpeg: the checked picture.
        settings: model, base URL, time-out, country and currency that are usual.
        api_key: key of the server.
        locale: language of the hints; the setting's by default.
        policy: bounds of the tries; by default 3 within the setting's time-out, at most 45 s.
        words: the prompt, by its current version or by a named one (`receipt@2`).

    Returns:
        The fields, unchecked: whatever the model says is data that the checks assess afterwards.

    Raises:
        RefusedInputError: the model declines, or its content filter does.
        InvalidResponseError: its answer is cut, or is not the form.
        QuotaExhaustedError: the account's credit is used up.
        TransientError: still failing after the tries. The error's `details["attempt"]` is the record of the attempt.
    """
    policy = policy or policies.retry(PROVIDER, attempts=TRIES, total_s=min(settings.extract_timeout_s, MAX_TOTAL_S))
    _warn_of_end(settings.openai_model)
    said = prompt.load(words)
    raw: dict[str, Any] = {"prompt": said.name, "prompt_sha256": said.sha256}
    exchange = call.Exchange(settings.openai_model, time.monotonic(), raw)
    request = _request(jpeg, said, settings, locale or settings.locale)
    try:
        form = call.ask(exchange, request, settings, api_key, policy)
    except OpsflowsError as error:
        error.details["attempt"] = exchange.attempt(error.code).model_dump(mode="json")
        raise
    receipt = to_receipt(form)
    return Extraction(
        receipt=receipt,
        scores=to_scores(form, receipt),
        provider="vision",
        attempts=[exchange.attempt("ok", form.model_dump(mode="json"))],
    )


def most_usd(model: str) -> Decimal | None:
    """The worst price of one `extract`: every try billed, with the longest answer. None for unknown models."""
    once = prices.cost_usd(model, prices.Usage(prompt=MAX_INPUT_TOKENS, completion=MAX_ANSWER_TOKENS))
    return None if once is None else TRIES * once


def _request(jpeg: bytes, words: prompt.Prompt, settings: Settings, locale: str) -> dict[str, Any]:
    picture = {"url": "data:image/jpeg;base64," + base64.b64encode(jpeg).decode(), "detail": "high"}
    hints = f"Hints: country {settings.default_country}, language {locale}, usual currency {settings.default_currency}."
    price = prices.price_of(settings.openai_model)
    effort = {"reasoning_effort": price.reasoning_effort} if price and price.reasoning_effort else {}
    return {
        "model": settings.openai_model,
        "store": False,
        "max_completion_tokens": MAX_ANSWER_TOKENS,
        **effort,
        "messages": [
            {"role": "system", "content": words.text},
            {"role": "user", "content": [{"type": "text", "text": hints}, {"type": "image_url", "image_url": picture}]},
        ],
    }


def _warn_of_end(model: str) -> None:
    price = prices.price_of(model)
    if price and price.ends_on:
        logging.get(__name__).warning("openai.model_ends", model=model, ends_on=price.ends_on.isoformat())
