"""Slack: incoming webhooks and ``chat.postMessage``, with blocks checked against Slack's limits."""
