"""Start the sandbox as a process of its own, for fixtures and for the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from local.providers.credentials import Credentials, load_or_generate, write

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 30
STOP_WITHIN_S = 5


@dataclass
class Sandbox:
    """A running sandbox. Stop it, or use it as a context manager."""

    base_url: str
    pid: int
    credentials: Credentials
    process: subprocess.Popen[str] = field(repr=False)

    def settings(self) -> dict[str, str]:
        """The environment that points the project here, without secrets."""
        return self.credentials.settings(self.base_url)

    def secrets(self) -> dict[str, str]:
        """The secrets by the names that the flows use."""
        return self.credentials.secrets(self.base_url)

    def stop(self) -> None:
        """End the process and wait for it; what was received is written first when a directory was given."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_WITHIN_S)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> Self:
        """Nothing more to do: it runs already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


def start(
    port: int = 0, *, state_dir: Path | None = None, credentials: Credentials | None = None, detached: bool = False
) -> Sandbox:
    """Launch the sandbox and wait until it answers.

    Args:
        port: 0 takes a free one.
        state_dir: where to keep what was received and the credentials; memory only without it.
        credentials: made-up credentials to use instead of new ones.
        detached: outlive this process; otherwise the sandbox ends when this process does, however it does.

    Raises:
        RuntimeError: the process ended or said nothing in time.
    """
    command = [sys.executable, "-m", "local.providers", "--port", str(port)]
    command += ["--state-dir", str(state_dir)] if state_dir else []
    command += [] if detached else ["--stop-with-stdin"]
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        file = (state_dir or Path(folder)) / "credentials.json"
        if credentials:
            write(credentials, file)
        used = load_or_generate(file)
        process = _launch([*command, "--credentials", str(file)], detached=detached)
        line = _ready_line(process)
    return Sandbox(line["url"], process.pid, used, process)


def _launch(command: list[str], *, detached: bool) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'scripts'}"},
        stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Whoever reads our output through a pipe would wait for the end of a process that outlives us.
        stderr=subprocess.DEVNULL if detached else None,
        text=True,
        start_new_session=True,
    )


def _ready_line(process: subprocess.Popen[str]) -> dict[str, str]:
    lines: list[str] = []
    if process.stdout is None:
        raise RuntimeError("The sandbox has no output to wait for.")
    reader = threading.Thread(target=_read_one, args=(process.stdout, lines), daemon=True)
    reader.start()
    reader.join(READY_WITHIN_S)
    if not lines or not lines[0]:
        process.kill()
        raise RuntimeError("The provider sandbox did not start; run `python -m local.providers` to see why.")
    ready: dict[str, str] = json.loads(lines[0])
    return ready


def _read_one(pipe: IO[str], lines: list[str]) -> None:
    lines.append(pipe.readline())
