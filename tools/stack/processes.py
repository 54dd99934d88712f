"""Processes that an earlier command started, known by their id and by what they run."""

import os
import signal
import time
from contextlib import suppress

import psutil

END_WITHIN_S = 20


def end(pid: int | None, marker: str) -> None:
    """Ask the leader of a process group to end, then make it and what is left of its group.

    An id that by now belongs to something else is left alone.
    """
    if pid is None or not runs(pid, marker):
        return
    os.kill(pid, signal.SIGTERM)
    ends = time.monotonic() + END_WITHIN_S
    while runs(pid, marker) and time.monotonic() < ends:
        time.sleep(0.05)
    # A task that the engine was just starting can outlive it.
    while _lives_in_group(pid):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        time.sleep(0.05)


def runs(pid: int, marker: str) -> bool:
    """Whether the process lives and has the marker in its command line."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and marker in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _lives_in_group(group: int) -> bool:
    return any(_lives_in(group, pid) for pid in psutil.pids())


def _lives_in(group: int, pid: int) -> bool:
    try:
        return os.getpgid(pid) == group and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.Error):
        return False
