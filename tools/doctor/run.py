"""Runs the checks side by side, each until its deadline."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from kit.errors import OpsflowsError
from tools.doctor import registry, trouble
from tools.doctor.model import Finding, Report, wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.doctor.registry import Check
    from tools.doctor.surroundings import Surroundings

# A check bounds its own calls; this is for what no time-out reaches, such as the resolver of names.
GRACE_S: Final = 2.0


class _Running(threading.Thread):
    """One check on a thread that does not keep the process alive; what it found so far is there at any time."""

    def __init__(self, check: Check, where: Surroundings) -> None:
        super().__init__(name=check.NAME, daemon=True)
        self._check, self._where = check, where
        self._started_at = time.monotonic()
        self._findings: list[Finding] = []
        self._ms: int | None = None

    def run(self) -> None:
        try:
            for found in self._check.examine(self._where):
                self._findings.append(found)
        except OpsflowsError as error:
            self._findings.append(self._about(error))
        except Exception as error:  # noqa: BLE001 - a defect in one check must not hide what the others found
            self._findings.append(trouble.unexpected(error, self._check.TITLE))
        self._ms = self._elapsed()

    def report(self) -> Report:
        """What was found; a check that is still at work is past its deadline."""
        findings, ms = list(self._findings), self._ms
        if ms is None:
            text = f"No answer within {self._where.deadline_s:.0f} seconds."
            general = trouble.GENERAL[trouble.Trouble.TIMEOUT]
            findings.append(wrong(trouble.Trouble.TIMEOUT, text, general.action, general.docs))
        return Report(self._check.NAME, tuple(found.masked() for found in findings), ms or self._elapsed())

    def _about(self, error: OpsflowsError) -> Finding:
        """Any check may stumble over Vault when a secret is there; that is Vault's trouble, not the provider's."""
        check = registry.load(["vault"])[0] if error.provider == "vault" else self._check
        return trouble.finding(error, check.TITLE, check.ADVICE)

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._started_at) * 1000)


def examine(checks: Sequence[Check], where: Surroundings) -> list[Report]:
    """Run the checks, all at once.

    Returns:
        A report each, in the order of the checks, after `where.deadline_s` seconds and a grace of two at most.
    """
    running = [_Running(check, where) for check in checks]
    for thread in running:
        thread.start()
    ends = time.monotonic() + where.deadline_s + GRACE_S
    for thread in running:
        thread.join(max(0.0, ends - time.monotonic()))
    return [thread.report() for thread in running]
