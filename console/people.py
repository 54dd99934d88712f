"""Who may sign in by password: those of OPSFLOWS_CONSOLE_USERS, and the operator of OPSFLOWS_CONSOLE_PASSWORD."""

from __future__ import annotations

import hmac
import threading
import time
from dataclasses import dataclass
from secrets import token_bytes, token_urlsafe
from typing import Final, Literal

from console import passwords
from kit import secrets, settings, signed
from kit.errors import ConfigurationError

Role = Literal["reader", "operator"]
ROLES: Final[tuple[Role, ...]] = ("reader", "operator")
PASSWORD: Final = "OPSFLOWS_CONSOLE_PASSWORD"  # noqa: S105 - a name
USERS: Final = "OPSFLOWS_CONSOLE_USERS"
_PARTS: Final = 3
_REMEMBERED_S: Final = 300.0
_MOST_REMEMBERED: Final = 100
# What a password is compared with that cannot be right, so that the answer takes as long as one that could be.
_NOBODY: Final = passwords.make(token_urlsafe())


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a password.

    Attributes:
        name: what they type, such as an e-mail address.
        role: what they may do.
        kept: their line of `passwords`; blank for the first operator, whose password is a secret of its own.
    """

    name: str
    role: Role
    kept: str

    @property
    def stamps(self) -> list[str]:
        """What changes with the password and the user: a session ends when it does.

        Under the console's keys, the newest first, because whoever reads the table of sessions could try passwords
        against a plain hash as fast as they like.
        """
        word = f"opsflows console session {self.name} {self.kept or secrets.get(PASSWORD)}".encode()
        return [hmac.new(key.encode(), word, "sha256").hexdigest() for key in secrets.live(signed.SECRET)]


def every() -> dict[str, User]:
    """Everybody with a password, by name.

    Raises:
        ConfigurationError: the secret cannot be read; the message names the entry and no hash.
    """
    found = {user.name: user for user in map(_user, (secrets.optional(USERS) or "").split())}
    first = settings.get().console_username
    return {first: User(first, "operator", "")} | found


def by_password(name: str, password: str) -> User | None:
    """The user whose password it is; None when there is none. It takes as long whether the name is known or not."""
    user = every().get(name)
    if user is None or user.kept:
        fits = _fits(password, user.kept if user else _NOBODY)
        return user if fits and user else None
    if hmac.compare_digest(password.encode(), secrets.get(PASSWORD).encode()):
        return user
    _fits(password, _NOBODY)
    return None


class _Remembered:
    """Right passwords of the last minutes, as digests under a key of this process.

    Programs send theirs with every request, and scrypt is slow on purpose.
    """

    def __init__(self) -> None:
        self._key, self._lock = token_bytes(32), threading.Lock()
        self._until: dict[bytes, float] = {}

    def fits(self, password: str, kept: str) -> bool:
        digest = hmac.digest(self._key, f"{kept} {password}".encode(), "sha256")
        with self._lock:
            if self._until.get(digest, 0.0) > time.monotonic():
                return True
        if not passwords.fits(password, kept):
            return False
        with self._lock:
            if len(self._until) >= _MOST_REMEMBERED:
                self._until.pop(next(iter(self._until)))
            self._until[digest] = time.monotonic() + _REMEMBERED_S
        return True


_remembered = _Remembered()


def _fits(password: str, kept: str) -> bool:
    return _remembered.fits(password, kept)


def _user(entry: str) -> User:
    parts = entry.split(":")
    name = parts[0]
    if len(parts) != _PARTS or not name or parts[1] not in ROLES or not passwords.is_kept(parts[2]):
        raise ConfigurationError(
            f"The entry of {name[:40]!r} in {USERS} is not name:role:hash.",
            code="console_users_wrong",
            next_action="Make it with python -m tools.console_user.",
        )
    return User(name, parts[1], parts[2])
