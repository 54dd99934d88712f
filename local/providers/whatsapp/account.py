"""What Meta tells about a token, the account's numbers, and where the app's webhooks go.

Source: Meta, "Permissions: checking for granted permissions", "WhatsApp Business Account: phone numbers" and
"subscribed apps", "Graph API: app subscriptions" (2026).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from local.providers.answers import Answer, as_graph_json
from local.providers.whatsapp import errors
from local.providers.whatsapp.graph import respond, unauthorised
from local.providers.whatsapp.state import PART, WhatsAppState

if TYPE_CHECKING:
    from local.providers.world import World

APP_ID = "670843887433847"
APP_NAME = "opsflows sandbox"
SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")


def router(world: World) -> APIRouter:
    """The routes; they come before those of media, whose path takes any id."""
    routes = APIRouter(prefix="/whatsapp/{version}")

    @routes.get("/debug_token")
    async def debug_token(request: Request, version: str) -> Response:
        return respond(unauthorised(request, world) or _debug(world, request.query_params.get("input_token")), version)

    @routes.get("/{account_id}/phone_numbers")
    async def phone_numbers(request: Request, version: str, account_id: str) -> Response:
        return respond(unauthorised(request, world) or _of_account(world, account_id, _number(world)), version)

    @routes.get("/{account_id}/subscribed_apps")
    async def subscribed_apps(request: Request, version: str, account_id: str) -> Response:
        link = f"https://www.facebook.com/games/?app_id={APP_ID}"
        app = {"whatsapp_business_api_data": {"id": APP_ID, "link": link, "name": APP_NAME}}
        return respond(unauthorised(request, world) or _of_account(world, account_id, app), version)

    @routes.get("/{app_id}/subscriptions")
    async def subscriptions(request: Request, version: str, app_id: str) -> Response:
        return respond(_subscriptions(world, request, app_id), version)

    return routes


def _debug(world: World, token: str | None) -> Answer:
    if token is None:
        return errors.bad_parameter("The parameter input_token is required.")
    if not hmac.compare_digest(token.encode(), world.credentials.whatsapp_token.encode()):
        problem = {"code": 190, "message": "Malformed access token"}
        return as_graph_json(200, {"data": {"error": problem, "is_valid": False, "scopes": []}})
    account = world.credentials.whatsapp_business_id
    data = {
        "app_id": APP_ID,
        "type": "SYSTEM_USER",
        "application": APP_NAME,
        "data_access_expires_at": 0,
        "expires_at": 0,
        "is_valid": True,
        "issued_at": 1790000000,
        "scopes": [*SCOPES, "public_profile"],
        "granular_scopes": [{"scope": scope, "target_ids": [account]} for scope in SCOPES],
        "user_id": "122100000000000001",
    }
    return as_graph_json(200, {"data": data})


def _of_account(world: World, account_id: str, entry: dict[str, Any]) -> Answer:
    if account_id != world.credentials.whatsapp_business_id:
        return errors.no_such_object(account_id)
    return as_graph_json(200, {"data": [entry]})


def _number(world: World) -> dict[str, Any]:
    return {
        "verified_name": APP_NAME,
        "code_verification_status": "VERIFIED",
        "display_phone_number": f"+{world.credentials.whatsapp_display_number}",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "status": "CONNECTED",
        "throughput": {"level": "STANDARD"},
        "id": world.credentials.whatsapp_phone_number_id,
    }


def _subscriptions(world: World, request: Request, app_id: str) -> Answer:
    """Only an app access token (`<app id>|<app secret>`) may ask."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    if app_id != APP_ID:
        return errors.no_such_object(app_id)
    if not hmac.compare_digest(token.encode(), f"{APP_ID}|{world.credentials.whatsapp_app_secret}".encode()):
        return errors.bad_signature()
    target = world.store.part(PART, WhatsAppState).target
    field = {"name": "messages", "version": "v26.0"}
    entry = {"object": "whatsapp_business_account", "active": True, "fields": [field]}
    return as_graph_json(200, {"data": [entry | {"callback_url": target.url}] if target else []})
