"""Passwords as they are kept: scrypt of the standard library, with its cost beside it.

scrypt$32768$8$3$<salt>$<key>      base64 without padding, no character that a line of users gives a meaning
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
from typing import Final

# OWASP's second choice: 32 MB and about a quarter of a second for each guess.
COST: Final = (2**15, 8, 3)
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_MOST_MEMORY: Final = 256 * 2**20
_MOST_COST: Final = 2**18
_PARTS: Final = 6
# One at a time: whoever guesses from many places uses up one core and 32 MB, not all.
_one = threading.Lock()


def make(password: str) -> str:
    """The line to keep for a password."""
    salt = secrets.token_bytes(_SALT_BYTES)
    n, r, p = COST
    return f"scrypt${n}${r}${p}${_text(salt)}${_text(_key(password, salt, COST))}"


def fits(password: str, kept: str) -> bool:
    """Whether it is the password of a kept line; a line that cannot be read fits none."""
    read = _read(kept)
    if read is None:
        return False
    salt, key, cost = read
    with _one:
        return hmac.compare_digest(_key(password, salt, cost), key)


def is_kept(line: str) -> bool:
    """Whether it is a line of ours that can be checked at a bearable cost."""
    return _read(line) is not None


def _read(line: str) -> tuple[bytes, bytes, tuple[int, int, int]] | None:
    parts = line.split("$")
    try:
        n, r, p = (int(part) for part in parts[1:4])
        salt, key = (base64.b64decode(part + "=" * (-len(part) % 4), validate=True) for part in parts[4:])
    except (ValueError, binascii.Error):
        return None
    bearable = 1 < n <= _MOST_COST and n & (n - 1) == 0 and 1 <= r <= 16 and 1 <= p <= 16  # noqa: PLR2004 - of scrypt
    return (salt, key, (n, r, p)) if parts[0] == "scrypt" and len(parts) == _PARTS and bearable and key else None


def _key(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=_KEY_BYTES, maxmem=_MOST_MEMORY)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")
