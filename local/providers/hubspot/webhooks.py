"""HubSpot's events: gathered into batches, signed (v3) and posted to the target, again when it does not answer 2xx."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from typing import TYPE_CHECKING, Any, Literal

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from local.providers import sender
from local.providers.hubspot.state import PART, Delivery, HubSpotState, Target

if TYPE_CHECKING:
    from local.providers.world import World

BATCH_MOST = 100
# HubSpot gathers events for a moment and retries up to ten times over a day; here within seconds.
GATHER_S = 0.02
RETRY_AFTER_S = (0.2, 0.5, 1, 2, 4, 8, 16, 30, 60)
APP_ID, PORTAL_ID = 1_000_001, 147_000_000
_OK = range(200, 300)

Forgery = Literal["body", "signature", "secret", "missing", "old", "future", "url"]


class Options(BaseModel):
    """Events to post as they are, and how; the target's url and secret unless others are given."""

    model_config = ConfigDict(extra="forbid")

    events: list[dict[str, Any]]
    url: str | None = None
    signed_url: str | None = None
    secret: str | None = None
    duplicate: int = Field(1, ge=1, le=1000, description="How often each post is sent.")
    size: int = Field(BATCH_MOST, ge=1, le=1000, description="Events a post.")
    shuffle: bool = False
    seed: int = 0
    forge: Forgery | None = None
    age_s: float = Field(0, description="How far the time of signing lies in the past; negative: in the future.")
    attempts: int | None = Field(None, ge=1, le=10)
    timeout_s: float = Field(20, gt=0, le=120)


def sign(url: str, body: bytes, timestamp: str, secret: str) -> str:
    """The value of ``X-HubSpot-Signature-v3`` for a POST."""
    signed = b"POST" + url.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


class Webhooks:
    """Collects what happens, and posts it while a target is set."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self.world = world
        self._waiting: list[dict[str, Any]] = []
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def state(self) -> HubSpotState:
        """The HubSpot part."""
        return self.world.store.part(PART, HubSpotState)

    def tell(self, kind: str, contact_id: str, source: str, **facts: Any) -> None:
        """Note an event for the target, if it wants such events."""
        target = self.state.target
        if target is None or kind not in target.subscriptions:
            return
        if target.properties is not None and facts.get("propertyName", "") not in {"", *target.properties}:
            return
        self._waiting.append(self._event(kind, contact_id, source, facts))
        if len(self._waiting) == 1:
            self._background()

    async def settle(self) -> None:
        """Wait until everything that happened was posted, or given up."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    def forget(self) -> None:
        """Give up what is under way."""
        self._waiting.clear()
        for task in self._running:
            task.cancel()

    async def send(self, options: Options) -> list[Delivery]:
        """Post events as the options say."""
        known = self.state.target
        url = options.url or (known.url if known else None)
        if url is None:
            raise HTTPException(409, "No webhook target: give url, or set one with POST /_sandbox/hubspot/target.")
        secret = options.secret or (known.secret if known else self.world.credentials.hubspot_client_secret)
        signed = options.signed_url or (known.signed_url if known else None)
        target = Target(url=url, secret=secret, signed_url=signed)
        events = [{**self._event("contact.propertyChange", "0", "CRM_UI", {}), **event} for event in options.events]
        parts = [events[at : at + options.size] for at in range(0, len(events), options.size)] * options.duplicate
        if options.shuffle:
            random.Random(options.seed).shuffle(parts)  # noqa: S311 - repeatable on purpose
        return [await self._post(target, part, options) for part in parts]

    def _event(self, kind: str, contact_id: str, source: str, facts: dict[str, Any]) -> dict[str, Any]:
        state = self.state
        state.next_event += 1
        return {
            "eventId": 3_000_000_000 + state.next_event,
            "subscriptionId": 2_000_000 + sum(kind.encode()),
            "portalId": PORTAL_ID,
            "appId": APP_ID,
            "occurredAt": round(self.world.clock.now() * 1000),
            "subscriptionType": kind,
            "attemptNumber": 0,
            "objectId": int(contact_id),
            "changeSource": source,
            **({"changeFlag": "NEW"} if kind == "contact.creation" else {}),
            **({"changeFlag": "DELETED"} if kind == "contact.deletion" else {}),
            **facts,
        }

    def _background(self) -> None:
        task = asyncio.get_running_loop().create_task(self._flush())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _flush(self) -> None:
        await asyncio.sleep(GATHER_S)
        target = self.state.target
        while self._waiting and target:
            part, self._waiting = self._waiting[:BATCH_MOST], self._waiting[BATCH_MOST:]
            await self._post(target, part, Options(events=[]))

    async def _post(self, target: Target, events: list[dict[str, Any]], options: Options) -> Delivery:
        attempts = 1 if options.forge else options.attempts or self.world.config.hubspot.attempts
        loop, started = asyncio.get_running_loop(), time.perf_counter()
        status, answer, tried = 0, "", 0
        while tried < attempts and status not in _OK:
            if tried:
                await asyncio.sleep(RETRY_AFTER_S[min(tried - 1, len(RETRY_AFTER_S) - 1)])
            raw = json.dumps(
                [{**event, "attemptNumber": tried} for event in events], ensure_ascii=False, separators=(",", ":")
            ).encode()
            raw, headers = self._signed(target, raw, options)
            tried += 1
            status, answer = await loop.run_in_executor(
                self.world.workers, sender.post, target.url, raw, headers, options.timeout_s
            )
        delivery = Delivery(
            at=self.world.clock.now(),
            url=target.url,
            kind="forged" if options.forge else "events",
            events=events,
            status=status,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 1),
            attempts=tried,
            answer=answer,
        )
        self.state.deliveries.append(delivery)
        self.world.store.touch(PART)
        return delivery

    def _signed(self, target: Target, raw: bytes, options: Options) -> tuple[bytes, dict[str, str]]:
        """Bytes and headers of a post; a forged one is wrong in the way that is asked for."""
        age = {"old": 301.0, "future": -301.0}.get(options.forge or "", options.age_s)
        stamp = str(round((self.world.clock.now() - age) * 1000))
        url = (target.signed_url or target.url) + ("?forged" if options.forge == "url" else "")
        secret = target.secret[::-1] + "x" if options.forge == "secret" else target.secret
        signature = sign(url, raw, stamp, secret)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebhooksExecutor",
            "X-HubSpot-Request-Timestamp": stamp,
            "X-HubSpot-Signature-v3": signature,
        }
        if options.forge == "missing":
            del headers["X-HubSpot-Signature-v3"]
        if options.forge == "signature":
            headers["X-HubSpot-Signature-v3"] = ("B" if signature[0] == "A" else "A") + signature[1:]
        return (raw.replace(b'"objectId":', b'"objectId":1', 1) if options.forge == "body" else raw), headers
