"""The messages of the dynamic block (version 2): is this one that ManyChat takes? And what it does with its actions."""

from __future__ import annotations

from typing import Any

MESSAGES_MOST, TEXT_MOST, ACTIONS_MOST = 10, 2000, 5
_WITH_URL = {"image", "video", "audio", "file"}


def problem(content: Any) -> str | None:
    """What is wrong with ``content`` of a dynamic block; None for a good one."""
    messages = content.get("messages", []) if isinstance(content, dict) else None
    if not isinstance(messages, list) or len(messages) > MESSAGES_MOST:
        return f"content.messages must be a list of {MESSAGES_MOST} at most"
    return next((found for message in messages if (found := _message(message))), None)


def actions(content: Any) -> list[dict[str, Any]]:
    """The actions that have a form, the first five."""
    found = content.get("actions") if isinstance(content, dict) else None
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, dict) and one.get("action")][:ACTIONS_MOST]


def _message(message: Any) -> str | None:
    kind = message.get("type") if isinstance(message, dict) else None
    if kind == "text":
        text = message.get("text")
        good = isinstance(text, str) and 0 < len(text) <= TEXT_MOST
        return None if good else f"text must have 1 to {TEXT_MOST} characters"
    if kind in _WITH_URL:
        return None if str(message.get("url", "")).startswith("https://") else f"{kind} needs an https url"
    return None if kind == "cards" and message.get("elements") else f"unknown type of message {kind!r}"
