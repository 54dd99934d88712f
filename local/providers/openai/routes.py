"""The routes of OpenAI."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math
import secrets
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from local.providers.answers import Answer, as_json
from local.providers.exchange import FAULT
from local.providers.openai import errors, reader
from local.providers.openai.fill import fill
from local.providers.openai.request import MODELS, REASONING_MODELS, Asked, parse
from local.providers.openai.state import PART, Completion, OpenAIState

if TYPE_CHECKING:
    from local.providers.faults import Fault
    from local.providers.world import World

# Says plainly that no model answered.
FINGERPRINT = "fp_sandbox_local_ocr"
REFUSAL = "I'm sorry, I can't assist with that."
PROSE = "Claro: el recibo parece de un restaurante y el total es de unos veinte euros."
INVENTED = {"iban": "ES7921000813610123456789", "approved_by": "Dirección", "confidence": "absolute"}
CHARACTERS_PER_TOKEN = 3.6
PATCH_PIXELS, MOST_PATCHES = 32, 1536
PICTURES_KEPT = 16


def router(world: World) -> APIRouter:
    """All routes under ``/openai/v1``."""
    routes = APIRouter(prefix="/openai/v1")

    @routes.post("/chat/completions")
    async def chat(request: Request) -> Response:
        started = time.perf_counter()
        answer = _unauthorised(world, request) or await _chat(world, request, started)
        milliseconds = f"{(time.perf_counter() - started) * 1000:.0f}"
        headers = {
            **dict(answer.headers),
            "x-request-id": "req_" + secrets.token_hex(16),
            "openai-processing-ms": milliseconds,
        }
        return Response(answer.body, answer.status, headers)

    @routes.get("/models")
    async def models(request: Request) -> Response:
        listed = {"object": "list", "data": [_model(name) for name in sorted(MODELS)]}
        answer = _unauthorised(world, request) or as_json(200, listed)
        return Response(answer.body, answer.status, dict(answer.headers))

    @routes.get("/models/{name:path}")
    async def model(request: Request, name: str) -> Response:
        found = as_json(200, _model(name)) if name in MODELS else errors.no_model(name)
        answer = _unauthorised(world, request) or found
        return Response(answer.body, answer.status, dict(answer.headers))

    return routes


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1790000000, "owned_by": "system"}


def _unauthorised(world: World, request: Request) -> Answer | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        return errors.error(401, "You didn't provide an API key.")
    genuine = hmac.compare_digest(key.encode(), world.credentials.openai_api_key.encode())
    return None if genuine else errors.by_code("invalid_api_key")


async def _chat(world: World, request: Request, started: float) -> Answer:
    try:
        asked = parse(await request.json())
    except ValueError:
        return errors.error(400, "We could not parse the JSON body of your request.")
    if isinstance(asked, Answer):
        return asked
    fault: Fault | None = request.scope.get(FAULT)
    try:
        facts = await _facts(world, asked, fault)
    except reader.UnreadableError as error:
        return errors.error(400, f"You uploaded an unsupported image. {error}", code="image_parse_error")
    reply = _reply(asked, facts, fault)
    return as_json(200, _completion(world, asked, facts, reply, started))


async def _facts(world: World, asked: Asked, fault: Fault | None) -> dict[str, Any]:
    """What the first picture says; nothing is read for an answer that does not depend on it."""
    if not asked.images or (fault and fault.kind in {"refusal", "content_filter", "not_json", "answer"}):
        return {}
    today = datetime.fromtimestamp(world.clock.now(), UTC).date()
    work = partial(reader.read, asked.images[0], today)
    return await asyncio.get_running_loop().run_in_executor(world.ocr_worker, work)


def _reply(asked: Asked, facts: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    """Content, refusal and finish reason of the only choice."""
    kind = fault.kind if fault else ""
    if kind == "refusal":
        return {"content": None, "refusal": REFUSAL, "finish_reason": "stop"}
    if kind == "content_filter":
        return {"content": None, "refusal": None, "finish_reason": "content_filter"}
    if kind == "not_json":
        return {"content": PROSE, "refusal": None, "finish_reason": "stop"}
    if kind == "answer" and fault:
        return {"content": fault.body or "", "refusal": None, "finish_reason": "stop"}
    made = fill(asked.schema, facts) if asked.schema else {"text": "Sandbox."}
    text = json.dumps(made | INVENTED if kind == "invent" else made, ensure_ascii=False)
    most = len(text) // 2 if kind == "length" else (asked.most_tokens or 10**9) * CHARACTERS_PER_TOKEN
    cut = len(text) > most
    return {"content": text[: int(most)], "refusal": None, "finish_reason": "length" if cut else "stop"}


def _completion(
    world: World, asked: Asked, facts: dict[str, Any], reply: dict[str, Any], started: float
) -> dict[str, Any]:
    usage = _usage(world, asked, facts, reply)
    _keep_pictures(world, asked)
    made = Completion(
        at=world.clock.now(),
        id="chatcmpl-" + secrets.token_hex(14),
        model=asked.model,
        picture=hashlib.sha256(asked.images[0]).hexdigest() if asked.images else None,
        finish_reason=reply["finish_reason"],
        content=reply["content"],
        refusal=reply["refusal"],
        prompt_tokens=usage["prompt_tokens"],
        completion_tokens=usage["completion_tokens"],
        ms=round((time.perf_counter() - started) * 1000, 1),
    )
    world.store.part(PART, OpenAIState).completions.append(made)
    world.store.touch(PART)
    message = {"role": "assistant", "content": reply["content"], "refusal": reply["refusal"], "annotations": []}
    return {
        "id": made.id,
        "object": "chat.completion",
        "created": int(made.at),
        "model": asked.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reply["finish_reason"]}],
        "usage": usage,
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }


def _keep_pictures(world: World, asked: Asked) -> None:
    for image in asked.images:
        world.pictures[hashlib.sha256(image).hexdigest()] = image
    for oldest in list(world.pictures)[:-PICTURES_KEPT]:
        del world.pictures[oldest]


def _usage(world: World, asked: Asked, facts: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
    """Tokens as a model would count them, roughly: text by length, pictures by patches of 32 pixels."""
    width, height = facts.get("width", 1024), facts.get("height", 1024)
    patches = min(MOST_PATCHES, math.ceil(width / PATCH_PIXELS) * math.ceil(height / PATCH_PIXELS))
    schema_text = json.dumps(asked.schema) if asked.schema else ""
    prompt = _tokens(asked.text) + _tokens(schema_text) + patches * len(asked.images)
    written = _tokens(reply["content"] or reply["refusal"] or "")
    # A reasoning model thinks unless it is told not to, and bills that as output.
    thought = {"none": 0, "low": 128, "medium": 512}.get(asked.effort, 1024) if asked.model in REASONING_MODELS else 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": written + thought,
        "total_tokens": prompt + written + thought,
        "prompt_tokens_details": {"cached_tokens": min(prompt, world.config.openai.cached_tokens), "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": thought, "audio_tokens": 0},
    }


def _tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)
