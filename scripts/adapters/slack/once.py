"""Telling Slack something once: what every card and note of the project passes through."""

from typing import Any

from adapters import slack
from kit import db, effects, settings


def post(key: str, blocks: list[dict[str, Any]], text: str, *, thread_ts: str | None = None) -> str:
    """Post through the effect ledger.

    Slack offers no look-up by our id: what was posted with an unknown end is not posted again.

    Args:
        key: of the effect; the same key is posted once.
        blocks: Block Kit blocks.
        text: the line that notifications show.
        thread_ts: the message in whose thread it belongs.

    Returns:
        `done`, `unknown`, or `nothing` where Slack is not set up.
    """
    if not slack.is_configured():
        return "nothing"
    effect = effects.perform(
        db.connect,
        key,
        "slack.card",
        call=lambda: slack.post(blocks, text, settings=settings.get(), thread_ts=thread_ts),
        find=None,
        on_unknown="give_up",
    )
    return effect.state
