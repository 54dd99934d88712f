"""A chat completion request: is it one that OpenAI takes, and what is in it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.providers.openai import errors, schema

if TYPE_CHECKING:
    from local.providers.answers import Answer

# Served in November 2026 (developers.openai.com); reasoning models refuse temperature and max_tokens.
REASONING_MODELS = frozenset(
    {"gpt-6-luna", "gpt-6", "gpt-5.6-luna", "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5", "gpt-5-mini", "o3"}
)
OTHER_MODELS = frozenset({"gpt-4o-mini", "gpt-4o", "gpt-4.1", "gpt-4.1-mini"})
MODELS = REASONING_MODELS | OTHER_MODELS
EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})

_DATA_URL = re.compile(r"data:image/(jpeg|jpg|png|webp|gif);base64,(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a good request asks for."""

    model: str
    text: str
    images: list[bytes]
    schema: dict[str, Any] | None
    strict: bool
    effort: str
    most_tokens: int | None


def parse(body: Any) -> Asked | Answer:
    """The request, or OpenAI's 400 or 404."""
    if not isinstance(body, dict):
        return errors.error(400, "We could not parse the JSON body of your request.")
    if refusal := _bad_parameter(body):
        return refusal
    wanted = body.get("response_format") or {}
    if not isinstance(wanted, dict):
        return errors.error(400, "Invalid type for 'response_format': expected an object.", param="response_format")
    if wanted.get("type") == "json_schema" and (problem := schema.refusal(wanted)):
        return errors.error(400, problem, param="response_format")
    parts = [part for message in body["messages"] for part in _parts(message)]
    images = [_image(part) for part in parts if part.get("type") == "image_url"]
    if wrong := next((image for image in images if not isinstance(image, bytes)), None):
        return wrong
    given = wanted.get("json_schema") or {}
    return Asked(
        model=body["model"],
        text="\n".join(str(part.get("text", "")) for part in parts if part.get("type") == "text"),
        images=[image for image in images if isinstance(image, bytes)],
        schema=given.get("schema"),
        strict=bool(given.get("strict")),
        effort=body.get("reasoning_effort") or "medium",
        most_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
    )


def _bad_parameter(body: dict[str, Any]) -> Answer | None:
    model = body.get("model")
    if not model:
        return errors.error(400, "you must provide a model parameter")
    if model not in MODELS:
        message = f"The model `{model}` does not exist or you do not have access to it."
        return errors.error(404, message, code="model_not_found")
    if not isinstance(body.get("messages"), list) or not body["messages"]:
        return errors.error(
            400, "Missing required parameter: 'messages'.", param="messages", code="missing_required_parameter"
        )
    if body.get("stream"):
        return _unsupported("stream", "The sandbox answers in one piece: set stream to false.")
    return _bad_for_reasoning(body) if model in REASONING_MODELS else None


def _bad_for_reasoning(body: dict[str, Any]) -> Answer | None:
    if body.get("temperature") not in {None, 1}:
        return _unsupported(
            "temperature",
            "Unsupported value: 'temperature' does not support this value with this model."
            " Only the default (1) value is supported.",
        )
    if body.get("max_tokens") is not None:
        return _unsupported(
            "max_tokens",
            "Unsupported parameter: 'max_tokens' is not supported with this model."
            " Use 'max_completion_tokens' instead.",
        )
    if body.get("reasoning_effort") not in {None, *EFFORTS}:
        return _unsupported("reasoning_effort", f"Invalid value: '{body['reasoning_effort']}'.")
    return None


def _unsupported(param: str, message: str) -> Answer:
    return errors.error(400, message, param=param, code="unsupported_value")


def _parts(message: Any) -> list[dict[str, Any]]:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [part for part in content or [] if isinstance(part, dict)]


def _image(part: dict[str, Any]) -> bytes | Answer:
    url = (part.get("image_url") or {}).get("url", "")
    match = _DATA_URL.fullmatch(url)
    if not match:
        if url.startswith("http"):
            return errors.error(400, "Error while downloading the image.", param="url", code="invalid_image_url")
        message = (
            "You uploaded an unsupported image. Please make sure your image has of one the following formats:"
            " ['png', 'jpeg', 'gif', 'webp']."
        )
        return errors.error(400, message, code="invalid_image_format")
    try:
        return base64.b64decode(match[2], validate=True)
    except binascii.Error:
        return errors.error(400, "Invalid base64 image_url.", code="invalid_base64")
