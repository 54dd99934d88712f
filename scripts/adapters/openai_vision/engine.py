"""Reads a receipt by a vision model behind the OpenAI API (OpenAI, vLLM, Ollama and gateways all serve it).

Nothing is stored at the provider, no reasoning is bought, and neither picture nor answer reaches a log.
"""

from __future__ import annotations

import base64
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from adapters.openai_vision import prices, prompt
from adapters.openai_vision.wire import WireReceipt, to_receipt, to_scores
from kit import http, logging
from kit.errors import OpsflowsError
from tickets.extraction.model import Attempt, Extraction

if TYPE_CHECKING:
    import openai

    from kit.settings import Settings

PROMPT = "receipt"
# A long receipt has about 60 lines of 25 tokens; an answer beyond this has run away.
MAX_ANSWER_TOKENS = 4096
MAX_TOTAL_S = 45.0


@dataclass(slots=True)
class _Exchange:
    """What is known of one call while it goes on, for the record of the attempt."""

    model: str
    started: float
    raw: dict[str, Any]
    usage: prices.Usage | None = None

    def attempt(self, outcome: str, answer: dict[str, Any] | None = None) -> Attempt:
        """The record; only a good answer is kept in it, since errors go to logs."""
        usage = self.usage
        return Attempt(
            provider="vision",
            model=self.model,
            outcome=outcome,
            latency_ms=round((time.monotonic() - self.started) * 1000),
            tokens_in=usage.prompt if usage else None,
            tokens_out=usage.completion if usage else None,
            cost_usd=prices.cost_usd(self.model, usage) if usage else None,
            raw=self.raw | ({"answer": answer} if answer is not None else {}),
        )


def extract(
    jpeg: bytes,
    *,
    settings: Settings,
    api_key: str,
    locale: str | None = None,
    policy: http.RetryPolicy | None = None,
) -> Extraction:
    """Asks the model for the fields of a receipt.

    Args:
        jpeg: the checked picture.
        settings: model, base URL, time-out, country and currency that are usual.
        api_key: key of the server.
        locale: language of the hints; the setting's by default.
        policy: bounds of the tries; by default 3 within the setting's time-out, at most 45 s.

    Returns:
        The fields, unchecked: whatever the model says is data that the checks assess afterwards.

    Raises:
        RefusedInputError: the model declines, or its content filter does.
        InvalidResponseError: its answer is cut, or is not the form.
        QuotaExhaustedError: the account's credit is used up.
        TransientError: still failing after the tries. The error's `details["attempt"]` is the record of the attempt.
    """
    policy = policy or http.RetryPolicy(attempts=3, total_s=min(settings.extract_timeout_s, MAX_TOTAL_S))
    _warn_of_end(settings.openai_model)
    words = prompt.load(PROMPT)
    raw: dict[str, Any] = {"prompt": words.name, "prompt_sha256": words.sha256}
    exchange = _Exchange(settings.openai_model, time.monotonic(), raw)
    request = _request(jpeg, words, settings, locale or settings.locale)
    try:
        form = _with_retries(exchange, request, settings, api_key, policy)
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


def _with_retries(
    exchange: _Exchange, request: dict[str, Any], settings: Settings, api_key: str, policy: http.RetryPolicy
) -> WireReceipt:
    """The SDK's own retries are off: they would ignore the total time and repeat an exhausted quota."""
    import stamina

    ends, tries = time.monotonic() + policy.total_s, 0

    def wait(error: Exception) -> float | bool:
        delay = http.retry_delay(error, tries, ends - time.monotonic(), policy, random.random())  # noqa: S311 - jitter
        return False if delay is None else delay

    for attempt in stamina.retry_context(on=wait, attempts=policy.attempts, timeout=None):
        with attempt:
            tries += 1
            bound = replace(policy, total_s=ends - time.monotonic())
            with _client(settings, api_key, bound) as client:
                return _ask(client, exchange, request)
    raise AssertionError("stamina returns or raises")


def _client(settings: Settings, api_key: str, policy: http.RetryPolicy) -> openai.OpenAI:
    import httpx2
    import openai

    from adapters.openai_vision.errors import mapped
    from adapters.openai_vision.transport import GuardedTransport
    from kit import net

    host = urlsplit(settings.openai_base_url).netloc
    guarded = GuardedTransport(host, connect_s=policy.connect_s, ends=time.monotonic() + policy.total_s)
    try:
        return openai.OpenAI(
            api_key=api_key,
            base_url=settings.openai_base_url,
            timeout=policy.total_s,
            max_retries=0,
            default_headers={"User-Agent": net.USER_AGENT},
            http_client=httpx2.Client(transport=guarded, trust_env=False, follow_redirects=False),
        )
    except (openai.OpenAIError, ValueError) as error:
        raise mapped(error) from error


def _ask(client: openai.OpenAI, exchange: _Exchange, request: dict[str, Any]) -> WireReceipt:
    """One call; every exception of the SDK becomes one of ours."""
    import httpx2
    import openai
    from pydantic import ValidationError

    from adapters.openai_vision import errors

    try:
        answer = client.chat.completions.with_raw_response.parse(response_format=WireReceipt, **request)
        exchange.raw["request_id"] = answer.request_id
        exchange.usage = _usage(answer.http_response.json())
        completion = answer.parse()
        message = completion.choices[0].message
    except (
        openai.OpenAIError,
        httpx2.HTTPError,
        OpsflowsError,
        ValueError,
        TypeError,
        LookupError,
        RecursionError,
    ) as error:
        # pydantic's text quotes the answer, and tracebacks are logged.
        raise errors.mapped(error) from (None if isinstance(error, ValidationError) else error)
    except AttributeError as error:  # the SDK takes an answer of another type for text and reads on
        raise errors.mapped(ValueError("no completion")) from error
    if message.refusal:
        raise errors.refusal()
    if message.parsed is None:
        raise errors.no_answer()
    return message.parsed


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


def _usage(answer: Any) -> prices.Usage | None:
    usage = answer.get("usage") if isinstance(answer, dict) else None
    if not isinstance(usage, dict):
        return None
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
    return prices.Usage(
        int(usage.get("prompt_tokens") or 0), int(cached or 0), int(usage.get("completion_tokens") or 0)
    )


def _warn_of_end(model: str) -> None:
    price = prices.price_of(model)
    if price and price.ends_on:
        logging.get(__name__).warning("openai.model_ends", model=model, ends_on=price.ends_on.isoformat())
