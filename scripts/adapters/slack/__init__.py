"""Slack: cards to a channel."""

from adapters.slack.client import escape, is_configured, post

__all__ = ["escape", "is_configured", "post"]
