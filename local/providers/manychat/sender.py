"""The sending half: a flow's External Request, once, ten seconds for the answer, whose words the page then obeys."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from typing import TYPE_CHECKING, Any, Literal

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from local.providers import sender
from local.providers.manychat import body
from local.providers.manychat.state import Request, Target

if TYPE_CHECKING:
    from local.providers.manychat.page import Page
    from local.providers.manychat.state import Subscriber

Forgery = Literal["secret", "missing", "empty", "body"]
_OK = range(200, 300)
_ANSWER_KEPT = 64_000


class Options(BaseModel):
    """Whose requests are sent, and how."""

    model_config = ConfigDict(extra="forbid")

    subscribers: list[str] = Field(default_factory=list, description="Ids; a request each.")
    template: str | None = Field(None, description="A body with {{variables}}; None sends Full Contact Data.")
    hand_typed: bool = Field(default=False, description="Values go into the template as they are, quotes included.")
    unset: body.Unset = "literal"
    ids_as_numbers: bool = False
    extra: dict[str, Any] = Field(default_factory=dict, description="Added to Full Contact Data.")
    raw: str | None = Field(None, description="Instead of any body.")
    headers: dict[str, str] = Field(default_factory=dict)
    hmac_header: str | None = Field(None, description="Carries sha256=<hex> of the body under hmac_secret.")
    hmac_secret: str = ""
    mapping: dict[str, str] = Field(default_factory=dict, description="Custom field -> path in the answer ($.a.b).")
    url: str | None = None
    secret: str | None = None
    header: str | None = None
    duplicate: int = Field(1, ge=1, le=1000, description="How often each request is sent.")
    shuffle: bool = False
    seed: int = 0
    concurrency: int = Field(1, ge=1, le=100)
    timeout_s: float = Field(10, gt=0, le=120)
    forge: Forgery | None = None


class Requests:
    """Sends External Requests and remembers what came of each."""

    def __init__(self, page: Page) -> None:
        """For one page."""
        self._page = page

    async def send(self, options: Options) -> list[Request]:
        """Send them; one entry a request, in the order of sending."""
        target = self._target(options)
        people = [self._page.get(one) for one in options.subscribers for _ in range(options.duplicate)]
        if options.shuffle:
            random.Random(options.seed).shuffle(people)  # noqa: S311 - repeatable on purpose
        gate = asyncio.Semaphore(options.concurrency)

        async def one(person: Subscriber) -> Request:
            async with gate:
                return await self._post(target, person, options)

        return list(await asyncio.gather(*(one(person) for person in people)))

    async def _post(self, target: Target, person: Subscriber, options: Options) -> Request:
        raw = self._body(person, options)
        headers = _headers(target, raw, options)
        if options.forge == "body":
            raw += b" "
        started = time.perf_counter()
        status, answer = await asyncio.get_running_loop().run_in_executor(
            self._page.world.workers, _ask, target.url, raw, headers, options.timeout_s
        )
        if status in _OK and options.forge is None:
            self._obey(person, answer, options)
        request = Request(
            at=self._page.world.clock.now(),
            url=target.url,
            subscriber_id=person.id,
            kind="forged" if options.forge else "template" if options.template else "raw" if options.raw else "full",
            status=status,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
            body=raw.decode("utf-8", "replace")[:4000],
            answer=answer[:2000],
        )
        self._page.state.requests.append(request)
        self._page.world.store.touch("manychat")
        return request

    def _body(self, person: Subscriber, options: Options) -> bytes:
        if options.raw is not None:
            return options.raw.encode()
        if options.template is not None:
            filled = body.filled(options.template, person, unset=options.unset, escaped=not options.hand_typed)
            return filled.encode()
        full = body.full_contact(person, self._page.state, ids_as_numbers=options.ids_as_numbers) | options.extra
        return json.dumps(full, ensure_ascii=False).encode()

    def _obey(self, person: Subscriber, answer: str, options: Options) -> None:
        """Response mapping first, then the dynamic block, if the answer is one."""
        try:
            told = json.loads(answer)
        except (ValueError, RecursionError):
            return
        for field, path in options.mapping.items():
            value = _at(told, path)
            if value is not None and field in self._page.state.fields:
                person.custom_fields[field] = value
        block = told.get("content") if isinstance(told, dict) and told.get("version") == "v2" else None
        if isinstance(block, dict):
            self._page.obey(person, block)

    def _target(self, options: Options) -> Target:
        known = self._page.state.target
        url = options.url or (known.url if known else None)
        if url is None:
            raise HTTPException(409, "No target: give url, or set one with POST /_sandbox/manychat/target.")
        secret = options.secret or (known.secret if known else self._page.world.credentials.manychat_secret)
        return Target(url=url, secret=secret, header=options.header or (known.header if known else "X-Webhook-Secret"))


def _headers(target: Target, raw: bytes, options: Options) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "User-Agent": "ManyChat", **options.headers}
    if options.forge != "missing":
        wrong = {"secret": target.secret[::-1] + "x", "empty": ""}
        headers[target.header] = wrong.get(options.forge or "", target.secret)
    if options.hmac_header:
        digest = hmac.new(options.hmac_secret.encode(), raw, hashlib.sha256).hexdigest()
        headers[options.hmac_header] = f"sha256={digest}"
    return headers


def _ask(url: str, raw: bytes, headers: dict[str, str], timeout_s: float) -> tuple[int, str]:
    return sender.post(url, raw, headers, timeout_s, kept=_ANSWER_KEPT)


def _at(told: Any, path: str) -> Any:
    """The value under a path such as ``$.content.id``; None where there is none."""
    for part in path.removeprefix("$").strip(".").split("."):
        told = told.get(part) if isinstance(told, dict) else None
    return told
