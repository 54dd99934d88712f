"""Opens what is not a plain picture (PDF, HEIC) in a process of its own: little memory, little time, no secrets.

Their libraries are large, written in C++, and fed by strangers: a file that makes one of them crash, loop or swell ends
that process and is refused by name. Pillow's own formats are refused by their header and need none of this.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

CPU_S = 5
WALL_S = 60  # what five seconds of processor time may take on a machine that is busy
MEMORY = 800_000_000  # addresses, not pages in use: libraries and threads reserve far more than they touch
REFUSED, MISSING = 3, 4
_SCRIPTS = str(Path(__file__).resolve().parents[2])


def convert(kind: str, data: bytes, options: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Let the converter of a kind make one JPEG of a file.

    Args:
        kind: ``pdf`` or ``heic``.
        data: The file; its header was looked at.
        options: Small JSON for the converter.

    Returns:
        What the converter says about the picture, and the JPEG.

    Raises:
        RefusedInputError: what the converter refuses by name, or ``image_too_heavy`` when it had to be ended.
    """
    command = [sys.executable, "-m", "tickets.extraction.converter", kind, json.dumps(dict(options))]
    try:
        # The environment holds this task's secrets: the converter gets none of it.
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=WALL_S, env={"PYTHONPATH": _SCRIPTS}, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _too_heavy(f"{WALL_S} s") from error
    if done.returncode not in {0, REFUSED}:
        raise _too_heavy(f"exit {done.returncode}: {done.stderr[-200:].decode(errors='replace').strip()}")
    head, _, jpeg = done.stdout.partition(b"\n")
    about: dict[str, Any] = json.loads(head)
    if done.returncode == REFUSED:
        raise RefusedInputError(about["message"], code=about["code"])
    return about, jpeg


def _too_heavy(how: str) -> RefusedInputError:
    """The refusal of a file that cannot be opened within the limits."""
    return RefusedInputError(f"The file cannot be opened with little time and memory ({how}).", code="image_too_heavy")
