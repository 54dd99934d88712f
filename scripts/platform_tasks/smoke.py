"""Task: is the release that a deploy has just put here fit for work?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kit import task
from platform_tasks import release_checks


class Inputs(task.TaskInputs):
    """The task has no inputs: it looks at the release that it is part of."""


def run(_inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Check and report: `outcome`, `release`, `checks` (name, ok, message, seconds)."""
    checks = release_checks.run_all()
    wrong = [check for check in checks if not check.ok]
    ctx.counter("smoke_checks_failed", len(wrong))
    code = "smoke_failed" if wrong else "ok"
    message = "; ".join(f"{check.name}: {check.message}" for check in wrong)
    return {
        "outcome": {"code": code, "message": message},
        "release": ctx.release,
        "checks": [asdict(check) for check in checks],
    }


if __name__ == "__main__":
    task.main(Inputs, run)
