"""What is tried, and the process that does it: with a time limit for each receipt, and without a way to any effect."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from tools.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Mapping

Engine = Literal["boxes", "ocr", "model"]

ROOT: Final = Path(__file__).resolve().parents[2]
_WORKER: Final = Path(__file__).with_name("worker.py")
# Importing numpy, onnxruntime and the like on a busy machine.
_START_S: Final = 120.0
# Neither addresses nor secrets of Postgres, WhatsApp, Sheets, Slack or Kestra: what is not here cannot be used.
_PASSED: Final = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Candidate:
    """What is tried.

    Attributes:
        name: for the report.
        engine: rules over stored boxes, OCR of stored pictures, or the model on them.
        root: the checkout whose `scripts` and `namespace_files` are used.
        mode: when the model's answer counts, as in OPSFLOWS_EXTRACT_MODE.
        prompt: of the model.
        environment: what the model's adapter needs; nobody else gets any.
        timeout_s: seconds for one receipt.
    """

    name: str
    engine: Engine = "boxes"
    root: Path = ROOT
    mode: str = "rules_first"
    prompt: str = "receipt"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout_s: float = 60.0

    @property
    def needs_picture(self) -> bool:
        """Whether stored boxes are not enough."""
        return self.engine != "boxes"


class Worker:
    """The candidate's process. It is ended and begun anew when a receipt takes too long or kills it.

    Args:
        candidate: what it runs.
    """

    def __init__(self, candidate: Candidate) -> None:
        """Nothing is started yet."""
        self._candidate = candidate
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()

    def __enter__(self) -> Self:
        """Start the process, so that a release that does not fit is refused before anything is read."""
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._stop()

    def read(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Let the candidate read one receipt.

        Args:
            job: as `tools.replay.worker.answer` takes it.

        Returns:
            Its answer; `outcome` is `timeout` or `died` when there is none, and its cost is then not known.
        """
        process = self._process or self._start()
        try:
            _pipe(process.stdin).write(json.dumps(job) + "\n")
            _pipe(process.stdin).flush()
            line = self._answers.get(timeout=self._candidate.timeout_s)
        except queue.Empty:
            return self._lost("timeout")
        except OSError:
            return self._lost("died")
        return json.loads(line) if line else self._lost("died")

    def _lost(self, outcome: str) -> dict[str, Any]:
        self._stop()
        known = self._candidate.engine != "model"
        return {"outcome": outcome, "latency_ms": None, "cost_usd": "0" if known else None}

    def _start(self) -> subprocess.Popen[str]:
        self._answers = queue.Queue()
        self._process = subprocess.Popen(
            # -P: the folder of this tool is not on the path, whose modules would hide others.
            [sys.executable, "-P", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # logs of a reading tell of receipts
            text=True,
            encoding="utf-8",
            cwd=self._candidate.root,
            env=self._environment(),
        )
        threading.Thread(target=_forward, args=(self._process, self._answers), daemon=True).start()
        self._expect_ready()
        return self._process

    def _environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
        path = {"PYTHONPATH": str(self._candidate.root / "scripts"), "PYTHONDONTWRITEBYTECODE": "1"}
        return passed | path | dict(self._candidate.environment)

    def _expect_ready(self) -> None:
        try:
            line = self._answers.get(timeout=_START_S)
        except queue.Empty:
            line = ""
        said = json.loads(line) if line else {"message": "its process ended, or did not begin in time"}
        inside = all(Path(file).is_relative_to(self._candidate.root) for file in said.get("files", []))
        if said.get("outcome") != "ready" or not inside:
            self._stop()
            why = said.get("message", "its modules are not those of the checkout")
            raise ReplayError(
                f"{self._candidate.name} cannot be replayed: {why}. A release older than stored boxes, or one that "
                "needs other packages, is run in a checkout of its own."
            )

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                _close(pipe)
        self._process = None


def _forward(process: subprocess.Popen[str], answers: queue.Queue[str]) -> None:
    """Hand on each line; an empty one says that there will be no more."""
    with contextlib.suppress(ValueError):  # closed while it was read
        for line in _pipe(process.stdout):
            answers.put(line)
    answers.put("")


def _pipe(pipe: Any) -> Any:
    if pipe is None:
        raise AssertionError("a process with pipes has them")
    return pipe


def _close(pipe: Any) -> None:
    with contextlib.suppress(OSError):  # what was still to be written has no reader any more
        pipe.close()
