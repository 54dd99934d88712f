"""`python -m tools.console_user NAME [--role reader|operator]`: the entry of a person for OPSFLOWS_CONSOLE_USERS.

The password is asked for twice, or read from standard input when that is no terminal; it is shown nowhere.
"""

from __future__ import annotations

import argparse
import getpass
import re
import sys
from typing import TYPE_CHECKING, Final

from console import passwords
from console.people import ROLES, USERS

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST: Final = 12
_NAME: Final = re.compile(r"[^\s:]{1,100}")


def main(arguments: Sequence[str]) -> int:
    """Print the entry; 1 when the name or the password will not do."""
    parser = argparse.ArgumentParser(prog="python -m tools.console_user", description=__doc__)
    parser.add_argument("name", help="what they type to sign in, such as an e-mail address; no space, no colon")
    parser.add_argument("--role", choices=ROLES, default="reader", help="a reader sees, an operator acts (%(default)s)")
    given = parser.parse_args(arguments)
    password = _ask()
    problem = _problem(given.name, password)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"{given.name}:{given.role}:{passwords.make(password or '')}")
    print(f"Add it to secrets/{USERS}, after a space when there are others, and recreate console.", file=sys.stderr)
    return 0


def _ask() -> str | None:
    """The password; None when the two differ."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first, second = getpass.getpass("Password: "), getpass.getpass("Again: ")
    return first if first == second else None


def _problem(name: str, password: str | None) -> str:
    if not _NAME.fullmatch(name) or not name.isprintable():
        return "A name has no space and no colon, and 100 characters at most."
    if password is None:
        return "The two are not the same."
    return "" if len(password) >= LEAST else f"A password has {LEAST} characters at least."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
