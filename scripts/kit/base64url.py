"""Bytes as text for an address: RFC 4648's URL-safe base64, without the padding."""

import base64


def encode(data: bytes) -> str:
    """The text of some bytes; letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of a text.

    Raises:
        ValueError: it is no such text.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
