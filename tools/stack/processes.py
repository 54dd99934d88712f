"""Processes that an earlier command started, known by their id and by what they run."""

import os
import signal
import subprocess
import time

END_WITHIN_S = 20


def end(pid: int | None, marker: str) -> None:
    """Ask a process to end, then make it; an id that by now belongs to something else is left alone."""
    if pid is None or not runs(pid, marker):
        return
    os.kill(pid, signal.SIGTERM)
    ends = time.monotonic() + END_WITHIN_S
    while runs(pid, marker):
        if time.monotonic() > ends:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def runs(pid: int, marker: str) -> bool:
    """Whether the process lives and has the marker in its command line."""
    shown = subprocess.run(["ps", "-o", "stat=,args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    line = shown.stdout.strip()
    return bool(line) and not line.startswith("Z") and marker in line
