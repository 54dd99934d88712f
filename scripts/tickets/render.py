"""Task: make the document of a ticket, as Markdown and as PDF with the picture and the fields."""

from pathlib import Path
from typing import Any

from kit import db, task
from tickets import document, store
from tickets.fetch import IMAGE_FILE


class Inputs(task.TaskInputs):
    """The ticket whose document is made; its picture lies in the working directory."""

    ticket_id: str


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Leave `ticket.md` and `ticket.pdf` in the working directory.

    Returns:
        `rendered`: false for a rejected picture and for a ticket that has its document already.
    """
    with db.connect() as conn:
        ticket = store.ticket(conn, inputs.ticket_id)
    if ticket is None or ticket["verdict"] == "reject" or ticket["document_uri"]:
        return {"rendered": False}
    Path("ticket.md").write_text(document.markdown(ticket), encoding="utf-8")
    Path("ticket.pdf").write_bytes(document.pdf(ticket, Path(IMAGE_FILE)))
    ctx.counter("documents", 1)
    return {"rendered": True}


if __name__ == "__main__":
    task.main(Inputs, run)
