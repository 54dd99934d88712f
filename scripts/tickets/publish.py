"""Task: bring a ticket's verdict to people: sheet row, answer to the sender, document.

The row and the answer are what people wait for; the document follows them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit import db, logging, task
from kit.errors import OpsflowsError, TerminalError
from tickets import answer, files, sheet, store


class Inputs(task.TaskInputs):
    """The ticket; its picture lies in the working directory."""

    ticket_id: str


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Perform the three effects, each once; one that fails hinders none of the others.

    What was refused for good is an output. Trouble that may pass is raised at the end, so that a retry of this task
    does what is missing and nothing else.

    Returns:
        `effects`: what became of each (`done`, `unknown`, `nothing`, or the code of its error); `outcome`.
    """
    with db.connect() as conn:
        message, ticket = store.message(conn, inputs.ticket_id), store.ticket(conn, inputs.ticket_id)
    if message is None or ticket is None:
        return {"effects": {}, "outcome": {"code": "no_verdict", "message": "The ticket has no verdict yet."}}
    steps: dict[str, Callable[[], str]] = {
        "sheet": lambda: _sheet(ticket),
        "answer": lambda: answer.send(message, ticket),
        "document": lambda: _document(ticket),
    }
    return perform(steps, ctx)


def perform(steps: dict[str, Callable[[], str]], ctx: task.Context) -> dict[str, Any]:
    """Perform effects one after the other; one that fails hinders none of the others.

    Returns:
        `effects`: what became of each; `outcome` when one was refused for good.

    Raises:
        OpsflowsError: the first trouble that may pass, once all were tried.
    """
    ended: dict[str, str] = {}
    passing: OpsflowsError | None = None
    refused: TerminalError | None = None
    for name, step in steps.items():
        try:
            ended[name] = step()
        except OpsflowsError as error:
            ended[name] = error.code
            logging.get(__name__).warning("effect.failed", effect=name, code=error.code, error=str(error))
            if isinstance(error, TerminalError):
                refused = refused or error
            else:
                passing = passing or error
        ctx.counter("ticket_effects", 1, effect=name, state=ended[name])
    if passing:
        raise passing
    return {"effects": ended} | ({"outcome": refused.outcome()} if refused else {})


def _document(ticket: store.Row) -> str:
    """Leave the document in the working directory; Kestra stores it when the task ends."""
    if ticket["verdict"] == "reject" or ticket["document_uri"]:
        return "nothing"
    write_document(ticket, Path(files.IMAGE))
    return "done"


def write_document(ticket: store.Row, picture: Path) -> None:
    """Write the document's Markdown and PDF into the working directory, with the picture where there is one."""
    from tickets import document

    there = picture.exists() and picture.stat().st_size > 0
    Path(files.MARKDOWN).write_text(document.markdown(ticket), encoding="utf-8")
    Path(files.PDF).write_bytes(document.pdf(ticket, picture if there else None))


def _sheet(ticket: store.Row) -> str:
    if ticket["verdict"] == "reject":
        return "nothing"
    sheet.write(ticket["ticket_id"])
    return "done"


if __name__ == "__main__":
    task.main(Inputs, run)
