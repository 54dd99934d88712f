"""Slack: cards to a channel."""

from adapters.slack.client import is_configured, post
from kit.notify import escape

__all__ = ["escape", "is_configured", "post"]
