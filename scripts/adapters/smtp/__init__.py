"""Mails by SMTP."""

from adapters.smtp.client import is_configured, send, to_alerted
from adapters.smtp.message import Mail

__all__ = ["Mail", "is_configured", "send", "to_alerted"]
