"""Slack: cards to a channel."""

from adapters.slack.client import is_configured, post
from adapters.slack.messages import can_update, find, update
from kit.notify import escape

__all__ = ["can_update", "escape", "find", "is_configured", "post", "update"]
