"""The application: all providers, the control API and the page on one port."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from starlette.middleware.trustedhost import TrustedHostMiddleware

from local.providers import control, documents, page
from local.providers.gateway import Gateway
from local.providers.google import control as google_control
from local.providers.google import sheets, token
from local.providers.google.desk import Desk
from local.providers.google.state import GoogleState, Tokens
from local.providers.hubspot import control as hubspot_control
from local.providers.hubspot import routes as hubspot_routes
from local.providers.hubspot.state import PART as HUBSPOT
from local.providers.hubspot.state import HubSpotState
from local.providers.hubspot.webhooks import Webhooks as HubSpotWebhooks
from local.providers.mail import server as mail_server
from local.providers.mail.server import PART as MAIL
from local.providers.mail.server import MailState
from local.providers.manychat import control as manychat_control
from local.providers.manychat import routes as manychat_routes
from local.providers.manychat.state import PART as MANYCHAT
from local.providers.manychat.state import ManyChatState
from local.providers.openai import routes as openai_routes
from local.providers.openai.state import OpenAIState
from local.providers.pagerduty import routes as pagerduty_routes
from local.providers.pagerduty.state import PART as PAGERDUTY
from local.providers.pagerduty.state import PagerDutyState
from local.providers.shop import routes as shop_routes
from local.providers.shop.state import PART as SHOP
from local.providers.shop.state import ShopState
from local.providers.slack import routes as slack_routes
from local.providers.slack.desk import SlackState
from local.providers.vault import control as vault_control
from local.providers.vault import routes as vault_routes
from local.providers.vault.state import PART as VAULT
from local.providers.vault.state import VaultState
from local.providers.whatsapp import account, media, messages
from local.providers.whatsapp import control as whatsapp_control
from local.providers.whatsapp.state import WhatsAppState
from local.providers.whatsapp.webhooks import Webhooks
from local.providers.world import TOKENS, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from local.providers.credentials import Credentials

HOSTS = ("127.0.0.1", "localhost", "[::1]")


def create_app(credentials: Credentials, directory: Path | None = None) -> FastAPI:
    """The sandbox for one set of credentials, in memory or kept in a directory."""
    world = World(credentials, directory)
    _register(world)
    webhooks = Webhooks(world)
    world.on_reset.append(webhooks.forget)
    events = HubSpotWebhooks(world)
    world.on_reset.append(events.forget)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        writing = asyncio.create_task(world.store.keep_writing())
        mails = await mail_server.start(world)
        yield
        if mails:
            mails.close()
        writing.cancel()
        world.store.flush()
        world.workers.shutdown(wait=False, cancel_futures=True)
        world.ocr_worker.shutdown(wait=False, cancel_futures=True)

    app = FastAPI(title="opsflows provider sandbox", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.world = world
    for part in (
        control.router(world),
        whatsapp_control.router(world, webhooks),
        google_control.router(world),
        messages.router(world, webhooks.announce),
        account.router(world),
        media.router(world),
        token.router(world),
        sheets.router(Desk(world)),
        openai_routes.router(world),
        slack_routes.router(world),
        hubspot_control.router(world, events),
        hubspot_routes.router(world, events),
        manychat_control.router(world),
        manychat_routes.router(world),
        shop_routes.router(world),
        pagerduty_routes.router(world),
        vault_control.router(world),
        vault_routes.router(world),
        page.router(world),
    ):
        app.include_router(part)
    app.middleware("http")(_own_pages_only)
    # Against pages of other origins that reach this port through a name of their own (DNS rebinding).
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))
    app.add_middleware(Gateway, world=world)
    return app


def _register(world: World) -> None:
    credentials = world.credentials
    world.store.register("whatsapp", WhatsAppState, WhatsAppState)
    world.store.register("google", GoogleState, lambda: google_control.fresh(credentials.google_spreadsheet_id))
    world.store.register("slack", SlackState, lambda: SlackState(channels=list(credentials.channels())))
    world.store.register(TOKENS, Tokens, Tokens)
    world.store.register("openai", OpenAIState, OpenAIState)
    world.store.register(HUBSPOT, HubSpotState, HubSpotState)
    world.store.register(MANYCHAT, ManyChatState, ManyChatState)
    world.store.register(PAGERDUTY, PagerDutyState, PagerDutyState)
    world.store.register(MAIL, MailState, MailState)
    world.store.register(SHOP, ShopState, ShopState, kept=False)
    # In memory only: a Vault that writes its secrets to a file in the clear would be a poor example.
    world.store.register(VAULT, VaultState, VaultState, kept=False)
    world.store.register("documents", documents.Documents, documents.Documents)


async def _own_pages_only(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse what a page of another origin asks for; a program sends no Origin."""
    origin = request.headers.get("origin")
    if origin and origin != str(request.base_url).rstrip("/"):
        return Response("Another origin may not use the sandbox.", 403)
    return await call_next(request)
