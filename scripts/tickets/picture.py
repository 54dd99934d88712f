"""The picture of a ticket: downloaded from WhatsApp, and let through the gate that makes it a plain JPEG."""

from typing import Any

from adapters import whatsapp
from kit import logging, secrets, settings
from kit.errors import InvalidResponseError, NotFoundError, OpsflowsError, RefusedInputError, TerminalError
from tickets import store
from tickets.extraction import image

HASH_MISMATCH = "media_hash_mismatch"


def fetch(message: store.Row) -> image.CheckedImage:
    """Show the blue ticks, download the picture and check it.

    Raises:
        TerminalError: `is_senders` tells whether the sender can mend it by sending another picture.
        TransientError: WhatsApp cannot be reached now.
    """
    client = whatsapp.Client(settings.get(), secrets.get("WHATSAPP_TOKEN"))
    _mark_read(client, message)
    whole = _checked(client, message["media"])
    return image.part(whole, tuple(message["part_box"]), message["part"]) if message["part_box"] else whole


def is_senders(error: TerminalError) -> bool:
    """Whether the picture is at fault; anything else, such as an expired token, is ours to mend."""
    if isinstance(error, InvalidResponseError):
        return error.code == HASH_MISMATCH
    return isinstance(error, RefusedInputError | NotFoundError)


def _mark_read(client: whatsapp.Client, message: store.Row) -> None:
    """Blue ticks and "typing" are a courtesy: without them the receipt is read all the same."""
    try:
        client.mark_read(message["phone_number_id"], store.provider_id(message), typing=True)
    except OpsflowsError as error:
        logging.get(__name__).warning("whatsapp.mark_read_failed", code=error.code)


def _checked(client: whatsapp.Client, media: dict[str, Any]) -> image.CheckedImage:
    limits = settings.get()
    data = client.fetch(media["id"], sha256=media.get("sha256"), url=media.get("url"), max_bytes=limits.image_max_bytes)
    return image.check(
        data,
        declared_mime=media.get("mime_type"),
        max_bytes=limits.image_max_bytes,
        max_pixels=limits.image_max_pixels,
        max_pages=limits.pdf_max_pages,
    )
