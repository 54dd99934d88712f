"""Slack's error words as our errors. Webhooks answer plain text, the Web API `{"ok": false, "error": word}` with 200.

Sources disagree on the statuses of webhook errors, so the word decides, never the status.
Sources: Slack, "Incoming webhooks: handling errors" and "chat.postMessage: errors".
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kit import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.http import Response

PROVIDER = "slack"
_WORD = re.compile(r"[a-z][a-z0-9_]{1,60}")

_NEW_CREDENTIAL = "Create the webhook or the bot token again in Slack and set SLACK_WEBHOOK_URL or SLACK_BOT_TOKEN."
_CHANNEL = "Check OPSFLOWS_SLACK_CHANNEL and invite the bot to the channel, or create the webhook for another one."
_SCOPE = "Give the Slack app the scope that the error names and install it again."
_CARD = "Correct the card: the text, blocks or size are not what Slack takes."

_AUTHENTICATION = """invalid_token invalid_auth not_authed account_inactive token_revoked token_expired no_service
    no_service_id no_active_hooks no_team team_disabled"""
_PERMISSION = """missing_scope not_allowed_token_type action_prohibited posting_to_general_channel_denied access_denied
    restricted_action restricted_action_read_only_channel ekm_access_denied no_permission org_login_required
    team_access_not_granted"""
_PLACE = "channel_not_found channel_is_archived is_archived not_in_channel message_not_found"
_CONTENT = """no_text invalid_payload invalid_blocks invalid_blocks_format too_many_attachments msg_too_long
    msg_blocks_too_long invalid_arguments invalid_arg_name invalid_form_data invalid_json json_not_object
    invalid_post_type missing_post_type invalid_charset metadata_too_large cannot_reply_to_message invalid_attachments
    missing_text_or_fallback_or_attachments cant_update_message edit_window_closed"""

_Rule = tuple[type[errors.TerminalError], str]
RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(_AUTHENTICATION.split(), (errors.AuthenticationError, _NEW_CREDENTIAL)),
    **dict.fromkeys(_PERMISSION.split(), (errors.PermissionDeniedError, _SCOPE)),
    **dict.fromkeys(_PLACE.split(), (errors.NotFoundError, _CHANNEL)),
    **dict.fromkeys(_CONTENT.split(), (errors.InvalidRequestError, _CARD)),
    "message_limit_exceeded": (errors.QuotaExhaustedError, "The workspace's plan allows no more messages."),
}
# These words are said when the message was certainly not posted, and time may cure them.
LIMITED = frozenset({"ratelimited", "rate_limited", "rollup_error"})
PASSING = frozenset({"service_unavailable", "team_added_to_org", "request_timeout"})
# These leave open whether it was posted.
DOUBTFUL = frozenset({"internal_error", "fatal_error"})


def from_word(word: str, *, needed: str | None = None, **context: Any) -> errors.OpsflowsError:
    """Returns the error for one of Slack's words; an unknown word is permanent.

    Args:
        word: the webhook's body or the Web API's `error`.
        needed: the scope that is missing, when Slack says it.
        **context: `retry_after`, `request_id`, `details`.
    """
    retry_after = context.pop("retry_after", None)
    text = f"Slack refused: {word}" + (f" (needs {needed})" if needed else "") + "."
    common: dict[str, Any] = {"code": f"slack_{word}", "provider": PROVIDER, **context}
    if word in LIMITED:
        return errors.RateLimitedError(text, retry_after=retry_after, next_action="It is tried again.", **common)
    if word in PASSING:
        return errors.UnavailableError(text, retry_after=retry_after, next_action="It is tried again.", **common)
    if word in DOUBTFUL:
        return errors.UncertainError(text, next_action="Look in the channel whether the message is there.", **common)
    kind, advice = RULES.get(word, (errors.InvalidRequestError, "Look the word up in Slack's list of errors."))
    return kind(text, next_action=advice, **common)


def classify(response: Response) -> errors.OpsflowsError | None:
    """Reads the word from either kind of answer; 429 and 5xx are left to the HTTP rules."""
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status == HTTPStatus.TOO_MANY_REQUESTS:
        return None
    word, needed = _word_of(response)
    if word is None or (response.status != HTTPStatus.OK and word not in RULES.keys() | LIMITED | PASSING):
        # The word says nothing, so the status does.
        word = "invalid_auth" if response.status == HTTPStatus.UNAUTHORIZED else None
    if word is None:
        return None
    return from_word(
        word, needed=needed, request_id=response.request_id, details={"status": response.status, "slack_error": word}
    )


def _word_of(response: Response) -> tuple[str | None, str | None]:
    text = response.content[:4096].decode("utf-8", "replace").strip()
    if text.startswith("{"):
        return _api_word(response.content)
    if response.status == HTTPStatus.OK:
        return None, None
    return (text, None) if _WORD.fullmatch(text) else (None, None)


def _api_word(content: bytes) -> tuple[str | None, str | None]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None, None
    if answer.get("ok") is not False:
        return None, None
    word = str(answer.get("error") or "unknown_error")
    needed = answer.get("needed")
    return (word if _WORD.fullmatch(word) else "unknown_error"), (str(needed) if needed else None)
