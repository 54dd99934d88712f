"""What each provider bears and how it is treated: limits, breaker and waits, from namespace_files/config/limits.json.

An adapter takes all of it with one line, `policies.client("hubspot", base_url, …)`, or the parts by themselves. The
limits and the breaker are shared by all processes through Postgres; without OPSFLOWS_PG_DSN there are none.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from kit import configs, files, http, settings
from kit.breaker import Breaker, BreakerPolicy
from kit.errors import ConfigurationError, OpsflowsError
from kit.lasting import Lasting
from kit.limit_sets import LimitSet
from kit.limits import Limiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FILE: Final = "config/limits.json"
DEFAULT: Final = "default"
Seconds = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Limit(_Part):
    """In no window of `window_s` seconds more than `calls`, and at most `burst` of them at once.

    Args:
        calls: what the provider allows in a window.
        window_s: its seconds.
        burst: calls that may come at once; what is left of `calls` is spread evenly over the window.
    """

    calls: int = Field(ge=2)
    window_s: Seconds
    burst: int = Field(ge=1)

    @model_validator(mode="after")
    def _leaves_a_flow(self) -> Self:
        if self.burst >= self.calls:
            raise ValueError("burst must be less than calls: what is left is the steady flow")
        return self


class BreakerTable(_Part):
    """See `kit.breaker.BreakerPolicy`."""

    failures: int = Field(5, ge=1)
    reset_s: Seconds = 300.0
    cooldown_s: Seconds = 30.0
    max_cooldown_s: Seconds = 120.0
    switch_s: Seconds = 15.0


class RetryTable(_Part):
    """See `kit.answers.RetryPolicy`."""

    attempts: int = Field(4, ge=1, le=10)
    total_s: float = Field(45.0, gt=0, le=45)


class Policy(_Part):
    """One provider.

    Args:
        source: where the figures come from, for people.
        limits: by name.
        costs: by kind of call, what it takes of which limit; `default` for calls without a kind.
        breaker: when it opens, and for how long.
        retry: bounds of the tries in the process.
        waits: seconds that are waited, times the number of the attempt, by the error's `details["policy"]` or code.
    """

    source: str
    limits: dict[str, Limit]
    costs: dict[str, dict[str, Annotated[int, Field(ge=1)]]] = Field(default_factory=dict)
    breaker: BreakerTable = BreakerTable()
    retry: RetryTable = RetryTable()
    waits: dict[str, Seconds] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _costs_name_limits(self) -> Self:
        unknown = {name for cost in self.costs.values() for name in cost} - set(self.limits)
        if unknown:
            raise ValueError(f"costs name limits that do not exist: {', '.join(sorted(unknown))}")
        if DEFAULT not in self.costs and len(self.limits) != 1:
            raise ValueError("with more or fewer limits than one, costs must say what `default` takes")
        return self

    def cost(self, kind: str | None) -> Mapping[str, int]:
        """What a call takes of which limit."""
        if kind is None and DEFAULT not in self.costs:
            return dict.fromkeys(self.limits, 1)
        try:
            return self.costs[kind or DEFAULT]
        except KeyError:
            raise ConfigurationError(f"{FILE} knows no calls of the kind {kind!r}.") from None


def table() -> Mapping[str, Policy]:
    """Every provider's policy.

    Raises:
        ConfigurationError: the file is missing, or not as it must be.
    """
    return _read(files.read_text(FILE))


def of(provider: str) -> Policy:
    """A provider's policy.

    Raises:
        ConfigurationError: the file has none, is missing, or not as it must be.
    """
    try:
        return table()[provider]
    except KeyError:
        raise ConfigurationError(
            f"{FILE} says nothing about {provider}.", next_action=f"Add it to namespace_files/{FILE}."
        ) from None


def limiter(provider: str, kind: str | None = None, *, sleep: Callable[[float], None] = time.sleep) -> LimitSet | None:
    """The limits on a kind of calls; None without a database that processes could share them in."""
    if not _shared():
        return None
    policy = of(provider)
    parts = {name: (limit(provider, name), cost) for name, cost in policy.cost(kind).items()}
    return LimitSet(parts, _lasting(), sleep=sleep)


def limit(provider: str, name: str) -> Limiter:
    """One limit: the steady flow is what the burst leaves of the window, so that no window holds more than allowed."""
    found = of(provider).limits[name]
    return Limiter(
        _never, key=key(provider, name), calls=found.calls - found.burst, per_s=found.window_s, burst=found.burst
    )


def key(provider: str, name: str) -> str:
    """The row of a limit in `ops.rate_limits`."""
    return f"{provider}:{name}"


def breaker(provider: str, part: str | None = None) -> Breaker | None:
    """A provider's circuit breaker; None without a database that processes could share it in.

    Args:
        provider: its id in the table.
        part: a server of the provider that fails by itself, such as the one that gives tokens: `google.token`.
    """
    if not _shared():
        return None
    name = f"{provider}.{part}" if part else provider
    return Breaker(name, breaker_policy(provider), lasting=_lasting())


def breaker_policy(provider: str) -> BreakerPolicy:
    """When a provider's breaker opens, and for how long."""
    return BreakerPolicy(**of(provider).breaker.model_dump())


def retry(provider: str, **changes: Any) -> http.RetryPolicy:
    """The bounds of the tries of a provider's calls; `changes` are fields of `RetryPolicy`."""
    policy = of(provider)
    return http.RetryPolicy(**{**policy.retry.model_dump(), "waits": policy.waits, **changes})


def client(
    provider: str,
    base_url: str,
    *,
    kind: str | None = None,
    policy: http.RetryPolicy | None = None,
    **options: Any,
) -> http.Client:
    """An HTTP client with the provider's limits, breaker and waits.

    Args:
        provider: its id in the table.
        base_url: where relative paths go.
        kind: what its calls take of the limits; a single request may name another limiter.
        policy: other bounds of the tries than the table's.
        **options: further arguments of `kit.http.Client`.
    """
    options["limiter"] = options.get("limiter") or limiter(provider, kind)
    options["breaker"] = options.get("breaker") or breaker(provider)
    return http.Client(provider, base_url, policy=policy or retry(provider), **options)


@contextmanager
def guarded(provider: str, kind: str | None = None, *, deadline_s: float = 30.0) -> Iterator[None]:
    """One attempt of a call that does not go through `kit.http`, between the breaker's question and its answer.

    Raises:
        BreakerOpenError: not now.
        RateLimitedError: our own limits are used up for longer than `deadline_s`.
    """
    with http.guarded(breaker(provider), limiter(provider, kind), deadline_s):
        yield


@cache
def _read(text: str) -> Mapping[str, Policy]:
    return configs.parse(RootModel[dict[str, Policy]], text, FILE).root


def _shared() -> bool:
    return bool(settings.get().pg_dsn)


@cache
def _lasting_to(_dsn: str | None) -> Lasting:
    return Lasting()


def _lasting() -> Lasting:
    # The limits and the breakers of a thread share one connection; another database (in tests) another one.
    return _lasting_to(settings.get().pg_dsn)


def _never() -> Any:
    raise OpsflowsError("a limit of the table is used through its set")
