"""`python -m tools.state [list|show|open|close|reset|limits|claims|kv|letters|drop] … [--json]`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit import breaker, db, dead_letters, kestra, policies
from kit import standings as read
from kit.dead_letters import Wanted
from kit.errors import ConfigurationError, NotFoundError, OpsflowsError
from tools.doctor import local_stack, surroundings
from tools.secrets import files
from tools.state import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.db import Connection

    # What a command found, as JSON and as text.
    Found = tuple[Any, str]

EPILOG = "exit codes: 0 done, 1 it could not be done, 2 wrong arguments or settings"
_NO_BREAKERS, _NO_LIMITS = "no provider in the table", "no limit in the table"
_NO_CLAIMS, _NO_LETTERS, _NO_KEYS = "no work is held", "no dead letters", "no keys"


def overview(conn: Connection, _options: argparse.Namespace) -> Found:
    """Breakers, limits, claims by state and open dead letters."""
    parts = {
        "breakers": (read.breakers(conn), _NO_BREAKERS),
        "limits": (read.limits(conn), _NO_LIMITS),
        "claims": (read.claim_counts(conn), "no work was ever claimed"),
        "dead letters": (read.letter_counts(conn), _NO_LETTERS),
    }
    return {name.replace(" ", "_"): rows for name, (rows, _) in parts.items()}, show.sections(parts)


def one(conn: Connection, options: argparse.Namespace) -> Found:
    """One provider: its breaker, what Kestra's KV says of it, its limits and open dead letters."""
    name = _known(conn, options.provider)
    own = [row for row in read.breakers(conn) if row["provider"] == name]
    parts = {
        "breaker": (own, "closed"),
        "kv": ([read.switch(name)], _NO_KEYS),
        "limits": (read.limits(conn, name), _NO_LIMITS),
        "dead letters": (read.letter_counts(conn, name), _NO_LETTERS),
    }
    return {heading.replace(" ", "_"): rows for heading, (rows, _) in parts.items()}, show.sections(parts)


def force_open(conn: Connection, options: argparse.Namespace) -> Found:
    """Keep a breaker open: the provider is not called until `reset`."""
    breaker.force(conn, _known(conn, options.provider), "open")
    return _after(conn, options.provider)


def force_closed(conn: Connection, options: argparse.Namespace) -> Found:
    """Keep a breaker closed: the provider is called whatever happens, until `reset`."""
    breaker.force(conn, _known(conn, options.provider), "closed")
    return _after(conn, options.provider)


def reset(conn: Connection, options: argparse.Namespace) -> Found:
    """Close a breaker, forget its failures and take a person's switch away."""
    breaker.reset(conn, _known(conn, options.provider))
    return _after(conn, options.provider)


def limits(conn: Connection, options: argparse.Namespace) -> Found:
    """The limits: calls that may come at once, seconds until the next may and until all of the burst may."""
    rows = read.limits(conn, options.provider)
    return rows, show.table(rows, _NO_LIMITS)


def claims(conn: Connection, options: argparse.Namespace) -> Found:
    """Work that is held: by whom, and whether the holder's lease has lapsed."""
    rows = read.held_claims(conn, options.prefix, options.most)
    return rows, show.table(rows, _NO_CLAIMS)


def keys(_conn: Connection, options: argparse.Namespace) -> Found:
    """The keys of Kestra's KV store, namespace opsflows."""
    rows = read.kv(options.prefix)
    return rows, show.table(rows, _NO_KEYS)


def letters(conn: Connection, options: argparse.Namespace) -> Found:
    """Dead letters, oldest first; the flow dlq_replay replays them."""
    wanted = Wanted(
        provider=options.provider,
        kind=options.kind,
        reason=options.reason,
        states=(options.state,),
        most=options.most,
    )
    rows = read.letters(conn, wanted, payload=options.payload)
    hidden = {"execution_id", "updated_at", "closed_at"}
    return rows, show.table([{k: v for k, v in row.items() if k not in hidden} for row in rows], _NO_LETTERS)


def drop(conn: Connection, options: argparse.Namespace) -> Found:
    """Close a dead letter that nobody wants done any more."""
    if not dead_letters.drop(conn, options.id):
        raise NotFoundError(f"No open letter has the number {options.id}.")
    return {"dropped": options.id}, f"letter {options.id} is dropped"


COMMANDS = {
    "list": overview,
    "show": one,
    "open": force_open,
    "close": force_closed,
    "reset": reset,
    "limits": limits,
    "claims": claims,
    "kv": keys,
    "letters": letters,
    "drop": drop,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0 done, 1 it could not be done, 2 wrong arguments or settings."""
    options = _parser().parse_args(arguments)
    try:
        more = local_stack.variables(Path(".stack")) if options.local else {}
        surroundings.enter(options.env, Path(options.secrets_dir), more={**more, "OPSFLOWS_LOG_LEVEL": "ERROR"})
        with db.connect() as conn:
            found, text = COMMANDS[options.command](conn, options)
    except (ConfigurationError, files.FolderError) as error:
        print(error, file=sys.stderr)
        return 2
    except OpsflowsError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(found, indent=1, ensure_ascii=False) if options.json else text)
    return 0


def _known(conn: Connection, name: str) -> str:
    """The name of a breaker: one of the table, one of its parts, or one that has a row."""
    known = {*policies.table(), *(row["provider"] for row in breaker.every(conn))}
    if name not in known and not (re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", name) and name.partition(".")[0] in known):
        raise ConfigurationError(f"No provider is called {name}.", next_action=f"Known: {', '.join(sorted(known))}.")
    return name


def _after(conn: Connection, provider: str) -> Found:
    """What holds now, and whether tasks that know Kestra will see it."""
    rows = [row for row in read.breakers(conn) if row["provider"] == provider]
    text = show.table(rows, "closed")
    if not kestra.is_configured():
        text += "\nKestra's KV was not told: OPSFLOWS_KESTRA_URL, _USERNAME and _PASSWORD are not set here."
    return rows, text


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--env", help="settings of namespace_files/config/<env>.yaml; variables win over them")
    common.add_argument("--secrets-dir", default=str(files.FOLDER), help="folder with one file a secret (%(default)s)")
    common.add_argument("--local", action="store_true", help="the stack that `make up` started")
    common.add_argument("--json", action="store_true", help="as JSON")
    parser = argparse.ArgumentParser(
        prog="python -m tools.state", description="What the parts of the project share, for people.", epilog=EPILOG
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="|".join(COMMANDS))
    for name, run in COMMANDS.items():
        command = commands.add_parser(name, help=run.__doc__, description=run.__doc__, parents=[common])
        _arguments(name, command)
    return parser


def _arguments(name: str, command: argparse.ArgumentParser) -> None:
    if name in ("show", "open", "close", "reset"):
        command.add_argument("provider", help="such as hubspot, or google.token")
    if name in ("limits", "letters"):
        command.add_argument("--provider", help="only of this one")
    if name in ("claims", "kv"):
        command.add_argument("--prefix", default="", help="only keys that begin so")
    if name in ("claims", "letters"):
        command.add_argument("--most", type=int, default=100, help="rows (%(default)s)")
    if name == "letters":
        command.add_argument("--kind", help="only of this kind of work")
        command.add_argument("--reason", help="only with this code")
        command.add_argument("--state", choices=("open", "replayed", "dropped"), default="open")
        command.add_argument("--payload", action="store_true", help="with the payload, which may be personal data")
    if name == "drop":
        command.add_argument("id", type=int, help="the letter's number")


if __name__ == "__main__":
    sys.exit(main())
