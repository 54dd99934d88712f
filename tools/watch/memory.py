"""What the looks before saw, in a small file: a single bad look is none, and nobody is told the same every minute."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Change = Literal["fired", "again", "resolved"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept from one look to the next.

    Attributes:
        bad: bad looks in a row.
        since: when the first of them was (Unix seconds).
        told: when people were told last (Unix seconds).
        owed: what was told last.
        missed: the channels that it did not reach.
    """

    bad: int = 0
    since: float = 0.0
    told: float = 0.0
    owed: Change | None = None
    missed: tuple[str, ...] = ()


def load(path: Path) -> Memory:
    """Read the file; one that is missing or broken remembers nothing."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        looks = int(found["bad"]), float(found["since"]), float(found["told"])
        return Memory(*looks, found.get("owed"), tuple(found.get("missed", ())))
    except (OSError, ValueError, KeyError, TypeError):
        return Memory()


def save(path: Path, memory: Memory) -> None:
    """Replace the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(memory)), encoding="utf-8")
    draft.replace(path)


def after(
    memory: Memory, *, good: bool, least: int, repeat_s: float, now: float | None = None
) -> tuple[Memory, Change | None]:
    """What is remembered after a look, and what is to be told of it.

    Args:
        memory: as before.
        good: what the look saw.
        least: bad looks in a row before anybody is told.
        repeat_s: told again after so many seconds.
        now: Unix seconds.
    """
    now = time.time() if now is None else now
    if good:
        return Memory(), "resolved" if memory.told else None
    later = replace(memory, bad=memory.bad + 1, since=memory.since or now)
    if later.bad < least or (memory.told and now - memory.told < repeat_s):
        return later, None
    return replace(later, told=now), "again" if memory.told else "fired"
