"""Sending: text, template, media, marking as read and typing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from local.providers.answers import Answer, as_graph_json
from local.providers.whatsapp import errors
from local.providers.whatsapp.graph import respond, unauthorised
from local.providers.whatsapp.state import PART, Outbound, WhatsAppState, new_message_id

if TYPE_CHECKING:
    from local.providers.world import World

Sent = Callable[[Outbound, str], None]

TEXT_LIMIT = 4096
CALLBACK_LIMIT = 512
WINDOW_S = 86_400

_PHONE = re.compile(r"\+?\d{6,15}")
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_WAMID = re.compile(r"wamid\.[A-Za-z0-9+/=_-]+")
_MEDIA_TYPES = frozenset({"image", "document", "audio", "video", "sticker"})


def router(world: World, sent: Sent) -> APIRouter:
    """The route of messages; ``sent`` is told of each accepted one and the phone number id it left from."""
    routes = APIRouter()

    @routes.post("/whatsapp/{version}/{phone_number_id}/messages")
    async def messages(request: Request, version: str, phone_number_id: str) -> Response:
        answer = unauthorised(request, world) or await _messages(world, sent, request, phone_number_id)
        return respond(answer, version)

    return routes


async def _messages(world: World, sent: Sent, request: Request, phone_number_id: str) -> Answer:
    try:
        body = await request.json()
    except ValueError:
        return errors.bad_parameter("The body is not valid JSON.")
    if phone_number_id != world.credentials.whatsapp_phone_number_id:
        return errors.no_such_object(phone_number_id)
    if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
        return errors.bad_parameter("The parameter messaging_product is required.")
    if "status" in body:
        return _mark_read(world, body)
    return _refused(world, body) or _accept(world, sent, body, phone_number_id)


def _accept(world: World, sent: Sent, body: dict[str, Any], phone_number_id: str) -> Answer:
    user = str(body.get("recipient") or body["to"]).lstrip("+")
    callback = body.get("biz_opaque_callback_data")
    message = Outbound(at=world.clock.now(), id=new_message_id(), user=user, message=body, callback=callback)
    world.store.part(PART, WhatsAppState).outbox.append(message)
    world.store.touch(PART)
    sent(message, phone_number_id)
    by_id = {"input": user, "user_id": user}
    contact = by_id if body.get("recipient") else {"input": str(body["to"]), "wa_id": user}
    return as_graph_json(
        200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.id}]}
    )


def _mark_read(world: World, body: dict[str, Any]) -> Answer:
    state = world.store.part(PART, WhatsAppState)
    message_id = str(body.get("message_id", ""))
    if state.outbound(message_id):
        return errors.bad_parameter("The message ID you have provided is outgoing. Please use an incoming message ID.")
    message = state.inbound(message_id)
    unknown = message is None and world.config.whatsapp.known_ids_only
    if body["status"] != "read" or unknown or not _WAMID.fullmatch(message_id):
        return errors.bad_parameter("Please check the message ID you have provided.")
    if message:
        message.read, message.typing = True, "typing_indicator" in body
        world.store.touch(PART)
    return as_graph_json(200, {"success": True})


def _refused(world: World, body: dict[str, Any]) -> Answer | None:
    """Why Meta would not accept this message, if so."""
    return _bad_recipient(body) or _bad_content(world, body) or _limited(world, body)


def _bad_recipient(body: dict[str, Any]) -> Answer | None:
    to, recipient = body.get("to"), body.get("recipient")
    if not to and not recipient:
        return errors.bad_parameter("The parameter to is required.")
    if recipient and not _BSUID.fullmatch(str(recipient)):
        return errors.bad_parameter("The parameter recipient must be a business-scoped user ID.")
    if to and not recipient and not _PHONE.fullmatch(str(to)):
        return errors.by_code(131009, "The parameter to must be a phone number.")
    return None


def _bad_content(world: World, body: dict[str, Any]) -> Answer | None:
    kind = body.get("type", "text")
    content = body.get(kind)
    if not isinstance(content, dict):
        return errors.by_code(131008, f"The parameter {kind} is required.")
    if len(str(body.get("biz_opaque_callback_data", ""))) > CALLBACK_LIMIT:
        return errors.bad_parameter(f"Param biz_opaque_callback_data must be at most {CALLBACK_LIMIT} characters long.")
    if kind == "text":
        return _bad_text(content)
    if kind == "template":
        known = bool(content.get("name")) and bool((content.get("language") or {}).get("code"))
        return None if known else errors.by_code(131008, "A template needs a name and a language code.")
    if kind in _MEDIA_TYPES:
        found = content.get("link") or content.get("id") in world.store.part(PART, WhatsAppState).media
        return None if found else errors.by_code(131009, "The media ID does not exist.")
    return errors.by_code(131051)


def _bad_text(content: dict[str, Any]) -> Answer | None:
    text = content.get("body")
    if not isinstance(text, str) or not text:
        return errors.by_code(131008, "The parameter text['body'] is required.")
    if len(text) > TEXT_LIMIT:
        return errors.bad_parameter(f"Param text['body'] must be at most {TEXT_LIMIT} characters long.")
    return None


def _limited(world: World, body: dict[str, Any]) -> Answer | None:
    state, config, now = world.store.part(PART, WhatsAppState), world.config.whatsapp, world.clock.now()
    user = str(body.get("recipient") or body.get("to", "")).lstrip("+")
    if config.pair_seconds and any(item.user == user and now - item.at < config.pair_seconds for item in state.outbox):
        return errors.by_code(131056)
    wrote = any(item.user == user and now - item.at < WINDOW_S for item in state.inbox)
    if config.enforce_window and body.get("type") != "template" and not wrote:
        return errors.by_code(131047)
    return None
