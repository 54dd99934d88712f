"""What `make` and `rotate` do to the folder: new values, of which none is ever shown."""

from __future__ import annotations

import base64
import getpass
import secrets
import sys
from typing import TYPE_CHECKING

from tools.secrets import files, rules
from tools.secrets.catalogue import BY_NAME, CATALOGUE, PREVIOUS, Secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class ChangeError(RuntimeError):
    """It was not done; nothing was changed. The message ends with the next action."""


def make(folder: Path) -> list[str]:
    """Create the secrets that can be made and have no value yet; nothing that is there is touched.

    An optional one that is absent gets a blank file: Docker Compose mounts each by its name, and starts nothing when
    one of them does not exist.

    Returns:
        The names of those created with a value.

    Raises:
        files.FolderError: the folder cannot be read or written.
    """
    known = files.load(folder)
    wanted = [secret for secret in CATALOGUE if secret.made and not known.get(secret.name, "").strip()]
    for secret in wanted:
        files.write(folder / secret.name, made(secret))
    for secret in CATALOGUE:
        if not secret.required and secret not in wanted and secret.name not in known:
            files.write(folder / secret.name, "")
    return [secret.name for secret in wanted]


def made(secret: Secret) -> str:
    """A new random value that meets the secret's rules."""
    while rules.problems(secret.name, value := _random(secret)):
        continue  # a password without a digit, or a word of an example by chance
    return value


def rotate(folder: Path, name: str, ask: Callable[[str], str]) -> None:
    """Keep the value as `NAME_PREVIOUS` and put a new one in its place; both are live until `finish`.

    Args:
        folder: of the secrets.
        name: a secret with two live values.
        ask: returns the new value; it is called only when everything else is in order.

    Raises:
        ChangeError: refused; nothing was changed.
        files.FolderError: the folder cannot be read or written.
    """
    _rotates(name)
    known = files.load(folder)
    current, previous = known.get(name, "").strip(), known.get(name + PREVIOUS, "").strip()
    if not current:
        raise ChangeError(f"{name} has no value yet. {rules.advice(name)}")
    # Equal when a rotation broke off between its two writes: then it goes on.
    if previous and previous != current:
        raise ChangeError(f"A rotation is under way. End it first: python -m tools.secrets rotate {name} --finish")
    value = ask(name).strip()
    wrong = [*rules.problems(name, value), *(["is the value that it replaces"] if value == current else [])]
    if wrong:
        raise ChangeError(f"The new value of {name} {'; it '.join(wrong)}. Get a new one: {BY_NAME[name].how}.")
    files.write(folder / (name + PREVIOUS), current)
    files.write(folder / name, value)


def finish(folder: Path, name: str) -> bool:
    """Take the previous value away; returns whether there was one.

    Raises:
        ChangeError: the secret has no second value.
        files.FolderError: the folder cannot be written.
    """
    _rotates(name)
    if not files.load(folder).get(name + PREVIOUS, "").strip():
        return False
    files.write(folder / (name + PREVIOUS), "")
    return True


def ask(name: str) -> str:
    """The new value: made here, or typed unseen, or the first line of a pipe."""
    if BY_NAME[name].made:
        return made(BY_NAME[name])
    return getpass.getpass(f"New value of {name} (it is not shown): ") if sys.stdin.isatty() else sys.stdin.readline()


def _rotates(name: str) -> None:
    if name not in BY_NAME:
        raise ChangeError(f"{name} is no secret. Known are: {', '.join(BY_NAME)}.")
    if not BY_NAME[name].rotates:
        raise ChangeError(f"{name} has one live value only. docs/secrets.md says how it is changed.")


def _random(secret: Secret) -> str:
    if secret.rule == "key32":
        return base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(18 if secret.rule == "password" else 32)
