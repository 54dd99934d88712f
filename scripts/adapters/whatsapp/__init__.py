"""WhatsApp Cloud API (Meta Graph)."""

from adapters.whatsapp.client import Client
from adapters.whatsapp.media import MediaInfo

__all__ = ["Client", "MediaInfo"]
