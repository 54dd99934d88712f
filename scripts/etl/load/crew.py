"""The workers of a load: one in this process, the others forked; all judge, then all publish.

A forked worker ends with its parent: it stops before its next chunk when the parent is gone. What it had begun is
safe, because a chunk and its checkpoint commit together.
"""

from __future__ import annotations

import multiprocessing
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection as Pipe
    from multiprocessing.process import BaseProcess


class Worker(Protocol):
    """What a process of a crew works for: methods called by name, and `alive`, which a forked one is given."""

    def close(self) -> None:
        """Let go of what it holds."""


P = TypeVar("P", bound=Worker)


class Crew(Generic[P]):
    """Runs the same method of every part at the same time, and returns the results in the order of the parts."""

    def __init__(self, parts: Sequence[P]) -> None:
        """Fork a process for every part but the first; do this before a connection is open."""
        self.parts, self.first = parts, parts[0]
        self.size = len(parts)
        self._others = [_Remote(part) for part in parts[1:]]

    def run(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call `method` of each part with its own arguments.

        Raises:
            OpsflowsError: what a part raised; or a worker's process was killed (`worker_gone`).
        """
        for remote, theirs in zip(self._others, arguments[1:], strict=True):
            remote.ask(method, theirs)
        return [getattr(self.first, method)(*arguments[0]), *(remote.answer() for remote in self._others)]

    def close(self) -> None:
        """End the others, and close the first's connection."""
        for remote in self._others:
            remote.end()
        self.first.close()


class _Remote:
    def __init__(self, part: Any) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_serve, args=(part, theirs, self._pipe), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, method: str, arguments: tuple[Any, ...]) -> None:
        self._pipe.send((method, arguments))

    def answer(self) -> Any:
        try:
            result, error = self._pipe.recv()
        except EOFError:
            raise UnavailableError(
                "A worker of the load was killed.", code="worker_gone", next_action="Run it again: it resumes."
            ) from None
        if error is not None:
            raise error
        return result

    def end(self) -> None:
        self._pipe.close()
        self._process.terminate()
        self._process.join()


def _serve(part: Any, pipe: Pipe, parents_end: Pipe) -> None:
    """Answer the parent until it goes."""
    parents_end.close()
    part.alive = _lives(os.getppid())
    while True:
        try:
            method, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            result, failure = getattr(part, method)(*arguments), None
        except Exception as error:  # noqa: BLE001 - it is raised in the parent
            error.__cause__ = None  # psycopg2's errors do not travel
            result, failure = None, error
        with suppress(BrokenPipeError):  # the parent was killed; there is nobody to tell
            pipe.send((result, failure))


def _lives(parent: int) -> Callable[[], bool]:
    return lambda: os.getppid() == parent
