"""Block Kit: is this list of blocks one that Slack takes?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BLOCKS = 50
MAX_BLOCK_ID = 255
MAX_SECTION_TEXT = 3000
MAX_FIELDS = 10
MAX_FIELD_TEXT = 2000
MAX_HEADER_TEXT = 150
MAX_CONTEXT = 10
MAX_ACTIONS = 25
MAX_BUTTON_TEXT = 75
MAX_MARKDOWN = 12_000
MAX_URL = 3000
MAX_ALT = 2000


def problems(blocks: Any) -> list[str]:
    """What is wrong, each as ``[json-pointer] message``; an empty list for good blocks."""
    if not isinstance(blocks, list):
        return ["blocks must be an array [json-pointer:/blocks]"]
    found = [f"no more than {MAX_BLOCKS} items allowed [json-pointer:/blocks]"] if len(blocks) > MAX_BLOCKS else []
    ids = [block.get("block_id") for block in blocks if isinstance(block, dict) and block.get("block_id")]
    if len(ids) != len(set(ids)):
        found.append("block_id must be unique [json-pointer:/blocks]")
    for index, block in enumerate(blocks):
        found += [f"{problem} [json-pointer:/blocks/{index}]" for problem in _block(block)]
    return found


def _block(block: Any) -> list[str]:
    if not isinstance(block, dict) or block.get("type") not in _CHECKS:
        kind = block.get("type") if isinstance(block, dict) else block
        return [f"unsupported type: {kind}"]
    found = _CHECKS[block["type"]](block)
    return [*found, "block_id is too long"] if len(str(block.get("block_id", ""))) > MAX_BLOCK_ID else found


def _section(block: dict[str, Any]) -> list[str]:
    text, fields = block.get("text"), block.get("fields", [])
    if text is None and not fields:
        return ["missing required field: text"]
    found = [] if text is None else _text(text, MAX_SECTION_TEXT)
    if len(fields) > MAX_FIELDS:
        found.append(f"no more than {MAX_FIELDS} fields allowed")
    for field in fields:
        found += _text(field, MAX_FIELD_TEXT)
    return found


def _header(block: dict[str, Any]) -> list[str]:
    return _text(block.get("text"), MAX_HEADER_TEXT, only="plain_text")


def _context(block: dict[str, Any]) -> list[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= MAX_CONTEXT:
        return [f"context needs 1 to {MAX_CONTEXT} elements"]
    texts = [element for element in elements if isinstance(element, dict) and element.get("type") != "image"]
    return [problem for element in texts for problem in _text(element, MAX_SECTION_TEXT)]


def _actions(block: dict[str, Any]) -> list[str]:
    elements = block.get("elements", [])
    if not 1 <= len(elements) <= MAX_ACTIONS:
        return [f"actions needs 1 to {MAX_ACTIONS} elements"]
    buttons = [element for element in elements if isinstance(element, dict) and element.get("type") == "button"]
    found = [problem for button in buttons for problem in _text(button.get("text"), MAX_BUTTON_TEXT, only="plain_text")]
    return found + ["url is too long" for button in buttons if len(str(button.get("url", ""))) > MAX_URL]


def _image(block: dict[str, Any]) -> list[str]:
    found = [] if block.get("image_url") or block.get("slack_file") else ["missing required field: image_url"]
    if not 1 <= len(str(block.get("alt_text", ""))) <= MAX_ALT:
        found.append("missing required field: alt_text")
    return found


def _markdown(block: dict[str, Any]) -> list[str]:
    return (
        [] if 1 <= len(str(block.get("text", ""))) <= MAX_MARKDOWN else [f"text must be 1 to {MAX_MARKDOWN} characters"]
    )


def _text(value: Any, limit: int, only: str | None = None) -> list[str]:
    if not isinstance(value, dict) or value.get("type") not in ({only} if only else {"plain_text", "mrkdwn"}):
        return [f"text must be an object of type {only or 'plain_text or mrkdwn'}"]
    text = value.get("text")
    if not isinstance(text, str) or not text:
        return ["must be more than 0 characters"]
    return [f"must be less than {limit + 1} characters"] if len(text) > limit else []


_CHECKS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "markdown": _markdown,
    "divider": lambda _block: [],
    "rich_text": lambda _block: [],
}
