"""What WhatsApp says about a file: where it lies, for how long, and what its hash must be."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from adapters.whatsapp.errors import PROVIDER
from kit.errors import InvalidRequestError, InvalidResponseError, NotFoundError, RefusedInputError

# A URL that dies while it is being fetched costs more than asking for a new one.
EXPIRY_MARGIN_S = 20
_HEX_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_SHA256_BYTES = 32
_MEDIA_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """A file to download.

    Attributes:
        id: media id, valid 7 days for what people send.
        url: where it lies, valid 5 minutes, or None when it has to be asked for.
        mime: declared type; what the bytes are is for the image checks to say.
        sha256_hex: lower-case hex of what the bytes must be, or None when it was not said.
        size: declared bytes, or None.
    """

    id: str
    url: str | None = None
    mime: str = ""
    sha256_hex: str | None = None
    size: int | None = None


def from_answer(media_id: str, answer: Any) -> MediaInfo:
    """Reads the answer of `GET /{media-id}`.

    Raises:
        InvalidResponseError: the answer has no URL, or a size or hash of no known form.
    """
    url = answer.get("url") if isinstance(answer, dict) else None
    if not isinstance(url, str) or not url:
        raise InvalidResponseError("WhatsApp's media answer has no url.", provider=PROVIDER)
    try:
        size = None if answer.get("file_size") is None else int(answer["file_size"])
        digest = normalise_sha256(answer.get("sha256"))
    except (TypeError, ValueError) as error:
        raise InvalidResponseError(f"WhatsApp's media answer is malformed: {error}.", provider=PROVIDER) from error
    return MediaInfo(media_id, url, str(answer.get("mime_type") or ""), digest, size)


def normalise_sha256(value: str | None) -> str | None:
    """Returns a hash as lower-case hex: Graph gives hex, webhooks give base64, both appear in Meta's own samples.

    Raises:
        ValueError: it is neither.
    """
    if not value:
        return None
    text = value.strip()
    if _HEX_SHA256.fullmatch(text):
        return text.lower()
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if set(text) & {"-", "_"} else None)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the hash is neither hex nor base64") from error
    if len(raw) != _SHA256_BYTES:
        raise ValueError("the hash is no SHA-256")
    return raw.hex()


def is_fresh(url: str | None, *, now: float | None = None) -> bool:
    """Says whether a media URL still lives long enough; one without `ext` (unix seconds) is taken to."""
    if not url:
        return False
    try:
        expiry = parse_qs(urlsplit(url).query).get("ext")
        ends = float(expiry[0]) if expiry else None
    except ValueError:
        return False
    return ends is None or ends - EXPIRY_MARGIN_S > (time.time() if now is None else now)


def checked_id(media_id: str) -> str:
    """Returns the id when it can stand in a path: it comes from a payload.

    Raises:
        InvalidRequestError: it holds anything but letters, digits, `_`, `.` and `-`.
    """
    if not _MEDIA_ID.fullmatch(media_id) or set(media_id) == {"."}:
        raise InvalidRequestError("The media id has characters that no id has.", code="media_id", provider=PROVIDER)
    return media_id


def check_hash(data: bytes, expected: str | None) -> None:
    """Compares the file with the hash that was announced.

    Raises:
        InvalidResponseError: it is another file.
    """
    if expected and not hmac.compare_digest(hashlib.sha256(data).hexdigest(), expected):
        raise InvalidResponseError(
            "The file is not the one that WhatsApp announced: its SHA-256 differs.",
            code="media_hash_mismatch",
            next_action="Ask the sender to send the picture again.",
            provider=PROVIDER,
        )


def gone(error: NotFoundError) -> NotFoundError:
    """The error for a file that neither its URL nor its id leads to any more."""
    return NotFoundError(
        "WhatsApp no longer has the file: media live 7 days.",
        code="whatsapp_not_found",
        next_action="Ask the sender to send the picture again.",
        provider=PROVIDER,
        request_id=error.request_id,
    )


def too_large(max_bytes: int) -> RefusedInputError:
    """The error for a file beyond the limit."""
    return RefusedInputError(
        f"The file is larger than {max_bytes} bytes.",
        code="media_too_large",
        next_action="Ask the sender for a smaller picture.",
        provider=PROVIDER,
    )
