"""Start the web console as a process of its own, for the local stack."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from local.providers.server import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

READY_WITHIN_S: Final = 60
STOP_WITHIN_S: Final = 15
# What stands in its command line, so that a recycled process id is never taken for it.
MARKER: Final = "-m console"
_ANSWERS: Final = "/tickets/review/icon.svg"


@dataclass
class Console:
    """A running console."""

    url: str
    pid: int
    process: subprocess.Popen[bytes] = field(repr=False)

    def stop(self) -> None:
        """End the process and wait for it."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_WITHIN_S)
        if self.process.stdin:
            self.process.stdin.close()


def start(port: int, env: Mapping[str, str], *, log: Path, detached: bool = False) -> Console:
    """Launch the console and wait until it answers.

    Args:
        port: where it listens on 127.0.0.1.
        env: its settings and secrets.
        log: file for what it says.
        detached: outlive this process; otherwise it ends when this process does, however it does.

    Raises:
        RuntimeError: it ended, or did not answer in time; the message names the log.
    """
    with log.open("wb") as said:
        process = _launch(port, env, said, detached=detached)
    console = Console(f"http://127.0.0.1:{port}", process.pid, process)
    ends = time.monotonic() + READY_WITHIN_S
    while not _answers(console.url):
        if process.poll() is not None or time.monotonic() > ends:
            console.stop()
            raise RuntimeError(f"The web console did not start; {log} says why.")
        time.sleep(0.05)
    return console


def _launch(port: int, env: Mapping[str, str], said: IO[bytes], *, detached: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "console", "--port", str(port)]
    return subprocess.Popen(
        command if detached else [*command, "--stop-with-stdin"],
        cwd=ROOT,
        env={**os.environ, **env, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'scripts'}"},
        stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
        stdout=said,
        stderr=said,
        start_new_session=True,
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + _ANSWERS, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - the answer that it waits for
    except (urllib.error.URLError, OSError):
        return False
