"""ManyChat: look a subscriber up, write fields and tags, send messages."""

from adapters.manychat.client import FIELDS_MOST, Client

__all__ = ["FIELDS_MOST", "Client"]
