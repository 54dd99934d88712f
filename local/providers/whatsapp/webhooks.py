"""The sending half of the sandbox: posts signed webhooks to a target, again when it does not answer 200."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Any

from fastapi import HTTPException

from local.providers import sender
from local.providers.whatsapp.media import media_url
from local.providers.whatsapp.options import Draft, SendOptions
from local.providers.whatsapp.state import PART, Delivery, Inbound, Outbound, Target, WhatsAppState, new_message_id

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from local.providers.world import World

# Meta retries at once, then "with decreasing frequency" for 7 days; here a few times within seconds.
RETRY_AFTER_S = (0.0, 0.5, 1, 2, 4, 8, 16, 30, 60)
OK = 200


class Webhooks:
    """Posts webhooks and remembers what came of each."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self.world = world
        self._running: set[asyncio.Task[Any]] = set()

    @property
    def state(self) -> WhatsAppState:
        """The WhatsApp part."""
        return self.world.store.part(PART, WhatsAppState)

    async def send(self, options: SendOptions, base_url: str) -> list[Delivery]:
        """Post the messages as the options say; one delivery a post, in the order of posting."""
        target = self._target(options)
        messages = [(self._user(draft, options), self._message(draft, options, base_url)) for draft in options.messages]
        if options.forge is None:
            self._remember(messages)
        payloads = self._payloads(messages, options) * options.duplicate
        if options.reorder:
            random.Random(options.seed).shuffle(payloads)  # noqa: S311 - repeatable on purpose
        gate = asyncio.Semaphore(options.concurrency)

        async def one(payload: dict[str, Any]) -> Delivery:
            async with gate:
                return await self._post(target, payload, options)

        return list(await asyncio.gather(*(one(payload) for payload in payloads)))

    def announce(self, message: Outbound, phone_number_id: str) -> None:
        """Send the status events of an accepted message, in the background, when a target is set."""
        if self.state.target is None:
            return
        self._background(self._announce(self.state.target, message, phone_number_id))

    async def settle(self) -> None:
        """Wait until no status event is under way."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    def forget(self) -> None:
        """Give up the status events under way."""
        for task in self._running:
            task.cancel()

    async def _announce(self, target: Target, message: Outbound, phone_number_id: str) -> None:
        for name in self.world.config.whatsapp.statuses:
            event = sender.status(
                message.id, name, message.user, callback=message.callback, timestamp=int(self.world.clock.now())
            )
            business = sender.Business(self.world.credentials.whatsapp_business_id, phone_number_id)
            payload = sender.build_payload(statuses=[event], business=business)
            message.statuses.append(name)
            await self._post(target, payload, SendOptions())

    async def _post(self, target: Target, payload: dict[str, Any], options: SendOptions) -> Delivery:
        raw = sender.encode(payload, older_escapes=options.older_escapes)
        made = sender.headers(raw, target.app_secret)
        if options.forge:
            raw, made = sender.forge(raw, target.app_secret, options.forge)
        # A forger does not retry.
        attempts = 1 if options.forge else options.attempts or self.world.config.whatsapp.attempts
        loop, started = asyncio.get_running_loop(), time.perf_counter()
        status, answer, tried = 0, "", 0
        while tried < attempts and status != OK:
            if tried:
                await asyncio.sleep(RETRY_AFTER_S[min(tried - 1, len(RETRY_AFTER_S) - 1)])
            tried += 1
            status, answer = await loop.run_in_executor(
                self.world.workers, sender.post, target.url, raw, made, options.timeout_s
            )
        return self._record(target, payload, options, (status, answer, tried, time.perf_counter() - started))

    def _record(
        self, target: Target, payload: dict[str, Any], options: SendOptions, result: tuple[int, str, int, float]
    ) -> Delivery:
        status, answer, tried, seconds = result
        values = [change["value"] for entry in payload["entry"] for change in entry["changes"]]
        delivery = Delivery(
            at=self.world.clock.now(),
            url=target.url,
            kind="forged" if options.forge else "status" if any("statuses" in value for value in values) else "message",
            ids=[item["id"] for value in values for key in ("messages", "statuses") for item in value.get(key, [])],
            status=status,
            elapsed_ms=round(seconds * 1000, 1),
            attempts=tried,
            answer=answer,
        )
        self.state.deliveries.append(delivery)
        self.world.store.touch(PART)
        return delivery

    def _target(self, options: SendOptions) -> Target:
        known = self.state.target
        url = options.url or (known.url if known else None)
        if url is None:
            raise HTTPException(409, "No webhook target: give url, or set one with POST /_sandbox/whatsapp/target.")
        secret = options.app_secret or (known.app_secret if known else self.world.credentials.whatsapp_app_secret)
        return Target(url=url, app_secret=secret)

    def _user(self, draft: Draft, options: SendOptions) -> sender.User:
        return sender.User(None if options.omit else draft.wa_id, draft.user_id, draft.name)

    def _message(self, draft: Draft, options: SendOptions, base_url: str) -> dict[str, Any]:
        user = self._user(draft, options)
        more: dict[str, Any] = {
            "message_id": draft.id or new_message_id(),
            "timestamp": int(self.world.clock.now()) if draft.timestamp is None else draft.timestamp,
        }
        if draft.kind == "raw":
            return draft.content or {}
        if draft.kind == "text":
            quoted = {"context": {"id": draft.reply_to}} if draft.reply_to else {}
            return sender.text(draft.text, user, **more) | quoted
        if draft.kind in {"unsupported", "too_large"}:
            return (sender.unsupported if draft.kind == "unsupported" else sender.too_large)(user, **more)
        found = self.state.media.get(draft.media_id or "")
        if found is None:
            raise HTTPException(404, f"No media {draft.media_id}: upload it first with POST /_sandbox/whatsapp/media.")
        return sender.media(
            found.id,
            found.sha256_base64,
            user,
            mime=found.mime_type,
            caption=draft.caption,
            filename=(draft.filename or found.filename or "recibo") if draft.kind == "document" else None,
            url=media_url(self.world, base_url, found.id, "webhook") if draft.with_url else None,
            **more,
        )

    def _payloads(
        self, messages: list[tuple[sender.User, dict[str, Any]]], options: SendOptions
    ) -> list[dict[str, Any]]:
        credentials = self.world.credentials
        business = sender.Business(
            credentials.whatsapp_business_id, credentials.whatsapp_phone_number_id, credentials.whatsapp_display_number
        )
        groups = [messages] if options.batch else [[item] for item in messages]
        payloads = [
            sender.build_payload(
                [content for _, content in group],
                users=[*dict.fromkeys(user for user, _ in group)],
                business=business,
                spread=options.spread,
            )
            for group in groups
            if group
        ]
        if options.statuses or options.errors:
            payloads.append(sender.build_payload(statuses=options.statuses, errors=options.errors, business=business))
        return payloads

    def _remember(self, messages: list[tuple[sender.User, dict[str, Any]]]) -> None:
        for user, content in messages:
            if "id" in content and self.state.inbound(content["id"]) is None:
                self.state.inbox.append(
                    Inbound(at=self.world.clock.now(), user=user.key, name=user.name, message=content)
                )
        self.world.store.touch(PART)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
