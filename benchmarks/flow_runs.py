"""Flows started on the stack's engine, for benchmarks."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import requests

if TYPE_CHECKING:
    from tools.stack import stack as stacks

# An answer about an execution costs the engine as much as a step of it; the times that count are its own.
_POLL_S: Final = 1.0
_ENDS: Final = ("SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED")


class Engine:
    """The stack's Kestra."""

    def __init__(self, stack: stacks.Stack) -> None:
        """Keep the address and the user."""
        self._root = f"{stack.target.url}/api/v1/main"
        self._auth = (stack.target.username, stack.target.password)

    def run(self, flow: str, **inputs: str) -> dict[str, Any]:
        """Start a flow, and return the execution when it has ended."""
        form = {name: (None, value) for name, value in inputs.items()}
        url = f"{self._root}/executions/{flow}"
        answer = requests.post(url, files=form, auth=self._auth, timeout=60)
        answer.raise_for_status()
        place = f"{self._root}/executions/{answer.json()['id']}"
        while True:
            found: dict[str, Any] = requests.get(place, auth=self._auth, timeout=60).json()
            if found["state"]["current"] in _ENDS:
                return found
            time.sleep(_POLL_S)

    def outputs(self, execution: dict[str, Any]) -> dict[str, Any]:
        """The flow's outputs."""
        url = f"{self._root}/outputs/executions/{execution['id']}"
        found: dict[str, Any] = requests.get(url, auth=self._auth, timeout=60).json()
        return found

    def deploy(self, source: str) -> None:
        """Put a flow there."""
        headers = {"Content-Type": "application/x-yaml"}
        requests.post(
            f"{self._root}/flows", data=source, headers=headers, auth=self._auth, timeout=60
        ).raise_for_status()


def between(state: dict[str, Any]) -> float:
    """Seconds from the first to the last state of an execution or a task's run."""
    first, last = (datetime.fromisoformat(state["histories"][at]["date"]) for at in (0, -1))
    return (last - first).total_seconds()
