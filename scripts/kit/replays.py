"""Dead letters replayed: each kind of work by the code that namespace_files/config/replayers.json names for it.

A replayer is a function `replay(letter, ctx) -> None` of a domain. It must be safe to repeat (an upsert, or the effect
ledger), since a process may die between the work and its note. Returning means done; what it raises keeps the letter
open with the new reason. When a provider is away or limits us, its other letters wait for the next replay.
"""

from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import RootModel

from kit import configs, db, dead_letters
from kit.errors import ConfigurationError, ConflictError, DeadlineError, OpsflowsError, TransientError
from kit.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.db import Connection
    from kit.dead_letters import Letter, Wanted
    from kit.task import Context

    Replayer = Callable[[Letter, Context], None]

FILE: Final = "config/replayers.json"
LOCK: Final = "dead_letters:replay"
Fate = Literal["replayed", "failed", "waits", "no_replayer", "planned"]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one letter; `code` and `message` of the error, empty when it was replayed."""

    letter: Letter
    fate: Fate
    code: str = ""
    message: str = ""


@dataclass(slots=True)
class Report:
    """What a replay did, letter by letter."""

    lines: list[Line] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many letters had each fate."""
        return dict(Counter(line.fate for line in self.lines))

    def as_json(self) -> list[dict[str, Any]]:
        """The lines without payloads."""
        names = ("id", "provider", "kind", "key", "reason", "attempts", "created_at")
        return [
            {name: dead_letters.as_json(line.letter)[name] for name in names}
            | {"fate": line.fate, "code": line.code, "message": line.message}
            for line in self.lines
        ]


def replay(conn: Connection, wanted: Wanted, ctx: Context, *, dry_run: bool) -> Report:
    """Replay the open letters that are wanted, oldest first.

    Args:
        conn: a connection; its advisory lock lets one replay work at a time.
        wanted: which letters.
        ctx: the task that replays; replayers get it.
        dry_run: only say what would be replayed.

    Raises:
        ConflictError: another replay is at work (code `replay_running`).
        ConfigurationError: the list of replayers cannot be read.
    """
    known = registry()
    if dry_run:
        found = dead_letters.find(conn, wanted)
        return Report([Line(letter, "planned" if letter.kind in known else "no_replayer") for letter in found])
    try:
        with db.advisory_lock(conn, LOCK, wait_s=1):
            return _replay_all(conn, dead_letters.find(conn, wanted), known, ctx)
    except DeadlineError as error:
        if error.provider != db.PROVIDER:
            raise
        raise ConflictError(
            "Another replay is at work.", code="replay_running", next_action="Wait for its end, then look again."
        ) from error


def registry() -> Mapping[str, str]:
    """The code that replays each kind, as `module:function`.

    Raises:
        ConfigurationError: the file is missing, or no JSON object of texts.
    """
    return configs.read(RootModel[dict[str, str]], FILE).root


def replayer(named: str) -> Replayer:
    """The function behind `module:function`.

    Raises:
        ConfigurationError: there is none.
    """
    module, _, function = named.partition(":")
    try:
        found: Replayer = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            f"There is no replayer {named}.", next_action=f"Correct namespace_files/{FILE}."
        ) from error
    return found


def _replay_all(conn: Connection, letters: list[Letter], known: Mapping[str, str], ctx: Context) -> Report:
    report, away = Report(), dict[str, str]()
    for letter in letters:
        if letter.kind not in known:
            report.lines.append(Line(letter, "no_replayer"))
        elif letter.provider in away:
            report.lines.append(Line(letter, "waits", away[letter.provider]))
        else:
            error = _attempt(letter, known[letter.kind], ctx)
            report.lines.append(_noted(conn, letter, error, ctx))
            if isinstance(error, TransientError):
                away[letter.provider] = error.code
    return report


def _attempt(letter: Letter, named: str, ctx: Context) -> Exception | None:
    try:
        replayer(named)(letter, ctx)
    except Exception as error:  # noqa: BLE001 - a letter that crashes its replayer must not stop the others
        return error
    return None


def _noted(conn: Connection, letter: Letter, error: Exception | None, ctx: Context) -> Line:
    if error is None:
        dead_letters.mark_replayed(conn, letter.id)
        return Line(letter, "replayed")
    code = error.code if isinstance(error, OpsflowsError) else "internal"
    message = redact(str(error) if isinstance(error, OpsflowsError) else f"{type(error).__name__}: {error}")
    dead_letters.mark_failed(conn, letter.id, reason=code, error=message, execution_id=ctx.execution_id or None)
    ctx.log.warning("dead_letter.failed", id=letter.id, kind=letter.kind, code=code)
    return Line(letter, "failed", code, message)
