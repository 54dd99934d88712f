"""Runs the checks side by side; one that fails or hangs hides no other."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from kit.errors import OpsflowsError
from kit.redaction import redact
from platform_tasks.health.model import Check, Finding, Result

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Running(threading.Thread):
    """One check on a thread that does not keep the process alive."""

    def __init__(self, check: Check) -> None:
        super().__init__(name=check.name, daemon=True)
        self.check = check
        self._began = time.monotonic()
        self._result: Result | None = None

    def run(self) -> None:
        try:
            found = self.check.look()
        except OpsflowsError as error:
            found = Finding("failed", redact(f"{error.code}: {error.message}"))
        except Exception as error:  # noqa: BLE001 - a defect in one check must not hide what the others found
            found = Finding("failed", redact(f"{type(error).__name__}: {error}"))
        if found:
            found = Finding(found.state, redact(found.detail), found.value)
        self._result = Result(self.check, found, self._took())

    def result(self, deadline_s: float) -> Result:
        late = Finding("failed", f"No answer within {deadline_s:.0f} seconds.")
        return self._result or Result(self.check, late, self._took())

    def _took(self) -> int:
        return round((time.monotonic() - self._began) * 1000)


def look(checks: Sequence[Check], deadline_s: float) -> list[Result]:
    """Look at everything at once; returns after `deadline_s` seconds at the latest, in the order of the checks."""
    running = [_Running(check) for check in checks]
    for thread in running:
        thread.start()
    ends = time.monotonic() + deadline_s
    for thread in running:
        thread.join(max(0.0, ends - time.monotonic()))
    return [thread.result(deadline_s) for thread in running]
