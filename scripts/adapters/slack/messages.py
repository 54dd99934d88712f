"""Messages that were posted: bringing them up to date, and finding one by our own id. Both need a bot token.

Source: Slack, "chat.update", "conversations.history" (scopes channels:history, groups:history), "Message metadata".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.slack import client
from adapters.slack.errors import PROVIDER, classify
from kit import policies, secrets
from kit.notify import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.http import RetryPolicy
    from kit.settings import Settings

_PAGE = 100
_PAGES = 5


def can_update() -> bool:
    """Whether what is posted can be changed and found: a webhook can do neither."""
    return bool(secrets.optional("SLACK_BOT_TOKEN"))


def update(
    channel: str,
    ts: str,
    blocks: Sequence[Mapping[str, Any]],
    text: str,
    *,
    settings: Settings,
    policy: RetryPolicy | None = None,
) -> dict[str, str]:
    """Change a message; doing it twice does no harm.

    Args:
        channel: its id, as `post` gave it.
        ts: the message's, likewise.
        blocks: all blocks, as `post` takes them.
        text: as `post` takes it.
        settings: the base URL.
        policy: bounds of the tries and of the total time.

    Raises:
        NotFoundError: `slack_message_not_found`: somebody deleted it.
        OpsflowsError: as `post`.
    """
    cut = escape(text[: client.MAX_TEXT])
    message = {"channel": channel, "ts": ts, "text": cut, "blocks": list(blocks)[: client.MAX_BLOCKS]}
    token = secrets.get("SLACK_BOT_TOKEN")
    return client.call("chat.update", message, token, settings, policy or policies.retry(PROVIDER), keyed=True)


def find(
    channel: str, mark: str, since: float, *, settings: Settings, policy: RetryPolicy | None = None
) -> dict[str, str] | None:
    """Look a message up by the mark that it was posted with.

    Args:
        channel: its id.
        mark: as given to `post`.
        since: seconds of the epoch; older messages are not looked at.
        settings: the base URL.
        policy: bounds of the tries and of the total time.

    Returns:
        `{"channel", "ts"}`, or None when it is not among the channel's messages (the newest 500 since then).

    Raises:
        PermissionDeniedError: the token lacks the scope for the channel's history.
        OpsflowsError: Slack did not answer the question.
    """
    headers = {"Authorization": f"Bearer {secrets.get('SLACK_BOT_TOKEN')}"}
    calls = policies.client(PROVIDER, settings.slack_base_url, headers=headers, policy=policy, classify=classify)
    asked: dict[str, Any] = {
        "channel": channel, "oldest": f"{since:.6f}", "limit": _PAGE, "include_all_metadata": "true",
    }  # fmt: skip
    for _ in range(_PAGES):
        answer = calls.request("GET", "conversations.history", params=asked).json()
        for message in answer.get("messages", []):
            if _mark(message) == mark:
                return {"channel": channel, "ts": str(message["ts"])}
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            break
        asked["cursor"] = cursor
    return None


def _mark(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != client.EVENT_TYPE:
        return None
    return str((metadata.get("event_payload") or {}).get("mark"))
