"""The call of the model through the OpenAI SDK, and what is known of it for the record."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from adapters.openai_vision import prices
from adapters.openai_vision.wire import PROVIDER, WireReceipt
from kit import http, policies
from kit.errors import OpsflowsError
from tickets.extraction.model import Attempt

if TYPE_CHECKING:
    import openai

    from kit.settings import Settings


@dataclass(slots=True)
class Exchange:
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


def ask(
    exchange: Exchange, request: dict[str, Any], settings: Settings, api_key: str, policy: http.RetryPolicy
) -> WireReceipt:
    """Returns the filled form, after as many tries as the policy allows.

    The SDK's own retries are off: they would ignore the total time and repeat an exhausted quota.

    Raises:
        OpsflowsError: whatever became of the last try; `exchange` knows its tokens.
    """
    import stamina

    ends, tries = time.monotonic() + policy.total_s, 0

    def wait(error: Exception) -> float | bool:
        delay = http.retry_delay(error, tries, ends - time.monotonic(), policy, random.random())  # noqa: S311 - jitter
        return False if delay is None else delay

    for attempt in stamina.retry_context(on=wait, attempts=policy.attempts, timeout=None):
        with attempt:
            tries += 1
            with policies.guarded(PROVIDER, deadline_s=ends - time.monotonic()):
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


def _ask(client: openai.OpenAI, exchange: Exchange, request: dict[str, Any]) -> WireReceipt:
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


def _usage(answer: Any) -> prices.Usage | None:
    usage = answer.get("usage") if isinstance(answer, dict) else None
    if not isinstance(usage, dict):
        return None
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
    return prices.Usage(
        int(usage.get("prompt_tokens") or 0), int(cached or 0), int(usage.get("completion_tokens") or 0)
    )
