"""Mails by SMTP."""

from adapters.smtp.client import is_configured, send
from adapters.smtp.message import Mail, address

__all__ = ["Mail", "address", "is_configured", "send"]
