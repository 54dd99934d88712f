"""Faults: what a provider does wrong, for which route, and how often."""

from __future__ import annotations

import fnmatch
import random
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from local.providers.routes import Named


Kind = Literal[
    "status",  # an HTTP status with a body
    "error",  # the provider's own error by its code, in its own shape
    "delay",  # a pause before the work, which is not done when the client gives up meanwhile
    "slow_body",  # the right answer, some bytes a second
    "truncate",  # the right headers, half of the body, then the connection ends
    "reset",  # TCP reset instead of an answer
    "html",  # an HTML page with status 200
    "timeout_after_apply",  # the work is done, the answer never comes
    # OpenAI
    "refusal",
    "length",
    "content_filter",
    "invent",
    "not_json",
    "answer",  # `body` is what the model says
    # WhatsApp media
    "expired",
    "wrong_hash",
    "wrong_mime",
    "too_large",
    # Shop
    "repeat_page",  # the rows of the page before
    "drop_page",  # those of the page after
    "shuffle",  # of a list in another order
]
BEHAVIOURS = frozenset(
    {
        "refusal",
        "length",
        "content_filter",
        "invent",
        "not_json",
        "answer",
        "expired",
        "wrong_hash",
        "wrong_mime",
        "too_large",
        "repeat_page",
        "drop_page",
        "shuffle",
    }
)


class Fault(BaseModel):
    """One fault. Without ``calls`` and ``share`` it holds until it is removed."""

    model_config = ConfigDict(extra="forbid")

    id: int = 0
    provider: Literal["whatsapp", "openai", "google", "slack", "hubspot", "manychat", "shop", "vault", "pagerduty", "*"]
    route: str = Field("*", description="A route name or a glob such as `values.*`.")
    kind: Kind
    status: int = Field(500, ge=200, le=599, description="For `status`.")
    retry_after: float | None = Field(None, ge=0, description="Adds a Retry-After header, in seconds.")
    retry_after_as: Literal["seconds", "date"] = "seconds"
    body: str | None = Field(None, description="Instead of the provider's usual body.")
    code: str | None = Field(
        None, description="For `error`: 131056, insufficient_quota, PERMISSION_DENIED, no_service …"
    )
    seconds: float = Field(
        30, ge=0, le=900, description="For `delay`, and how long `timeout_after_apply` holds the line."
    )
    bytes_per_s: int = Field(1, ge=1, description="For `slow_body`.")
    at: int | None = Field(None, ge=0, description="For `truncate`: bytes that are sent; half of the body by default.")
    after_apply: bool = Field(
        default=False, description="For `status`, `error`, `reset`, `html`: the work is done first."
    )
    contains: str | None = Field(None, description="Only requests whose path or body contains this.")
    skip: int = Field(0, ge=0, description="Matching requests that pass first.")
    calls: int | None = Field(None, ge=1, description="How many requests it strikes.")
    share: float | None = Field(None, gt=0, le=1, description="Which share of the requests it strikes.")
    seed: int = Field(0, description="For `share`: the same seed strikes the same requests.")
    matched: int = 0
    struck: int = 0

    @model_validator(mode="after")
    def _complete(self) -> Fault:
        if self.kind == "error" and self.code is None:
            raise ValueError("A fault of the kind error needs a code.")
        return self

    def concerns(self, named: Named, text: bytes) -> bool:
        """Whether a request is of the kind that this fault strikes."""
        return (
            self.provider in {"*", named.provider}
            and fnmatch.fnmatchcase(named.route, self.route)
            and (self.contains is None or self.contains.encode() in text)
        )

    def strikes(self) -> bool:
        """Count one matching request; whether it is struck."""
        self.matched += 1
        if self.matched <= self.skip or (self.calls is not None and self.struck >= self.calls):
            return False
        if self.share is not None and random.Random(f"{self.seed}/{self.matched}").random() >= self.share:  # noqa: S311 - repeatable on purpose
            return False
        self.struck += 1
        return True


class FaultBook(BaseModel):
    """The faults that are set; the first that strikes a request wins."""

    faults: list[Fault] = Field(default_factory=list)
    next_id: int = 1

    def add(self, fault: Fault) -> Fault:
        """Set a fault; returns it with its id."""
        fault.id, self.next_id = self.next_id, self.next_id + 1
        self.faults.append(fault)
        return fault

    def take(self, named: Named, text: bytes) -> Fault | None:
        """The fault that strikes this request, if any; counts it."""
        return next((fault for fault in self.faults if fault.concerns(named, text) and fault.strikes()), None)

    def remove(self, fault_id: int | None = None, provider: str | None = None) -> int:
        """Remove one fault, those of a provider, or all; returns how many."""
        before = len(self.faults)
        self.faults = [
            fault
            for fault in self.faults
            if (fault_id is not None and fault.id != fault_id) or (provider is not None and fault.provider != provider)
        ]
        return before - len(self.faults)
