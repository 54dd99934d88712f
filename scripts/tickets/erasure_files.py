"""Task: record that files of erased senders were deleted by Kestra's own task."""

from typing import Any

from kit import db, task
from tickets import privacy


class Inputs(task.TaskInputs):
    """The files, by their URIs in internal storage."""

    files: list[str]


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Settle them.

    Returns:
        `deleted`: how many.
    """
    with db.connect() as conn:
        deleted = db.execute(conn, privacy.sql("settle_deleted"), {"files": inputs.files})
    ctx.counter("erased_files", deleted)
    return {"deleted": deleted}


if __name__ == "__main__":
    task.main(Inputs, run)
