"""Task: the files of releases that nothing needs are removed."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import Any

from kit import kestra, settings, task
from platform_tasks.upkeep import releases


class Inputs(task.TaskInputs):
    """Releases that were deployed since then stay."""

    before: datetime


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Remove them; `removed` are their versions.

    Raises:
        ConflictError: a deploy is under way (`deploy_under_way`): the next run goes on.
    """
    if not kestra.is_configured():
        return {"removed": []}
    removed = releases.remove(kestra.Client(settings.get()), inputs.before)
    ctx.counter("releases_removed", len(removed))
    return {"removed": removed}


if __name__ == "__main__":
    task.main(Inputs, run)
