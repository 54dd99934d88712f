"""The document of a ticket: one view of its fields, written as Markdown and as PDF (typst)."""

import re
from collections.abc import Iterable
from pathlib import Path

from kit import files
from kit.errors import InvalidRequestError
from tickets.document_view import PICTURE_MAX_MM, View, view
from tickets.store import Row

PICTURE_WIDTH_MM = 62
# Also what GitHub adds to the format: links without brackets, mentions, mathematics.
MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:@$^=])")


def markdown(ticket: Row) -> str:
    """The document as Markdown; what was read from the picture cannot act as markup."""
    shown = view(ticket)
    rows = [*shown.fields, (shown.labels["total"], shown.total)]
    parts = [
        f"# {_escape(shown.title)} · {_escape(shown.verdict)}",
        _markdown_table(("", ""), rows),
        _section(shown.labels["lines"], _markdown_table(shown.labels["line_columns"], shown.lines), shown.lines),
        _section(shown.labels["taxes"], _markdown_table(shown.labels["tax_columns"], shown.taxes), shown.taxes),
        f"## {_escape(shown.labels['reasons'])}\n\n{_reasons(shown)}",
        f"---\n\n{_escape(shown.footer)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def pdf(ticket: Row, picture: Path | None) -> bytes:
    """The document as PDF, with the picture as it was checked.

    Args:
        ticket: the row, as `store.ticket` gives it.
        picture: the JPEG, or None where it is no longer to be had.

    Raises:
        InvalidRequestError: the picture is none, or typst cannot set the document.
    """
    import typst

    try:
        return _compiled(ticket, picture)
    except (typst.TypstError, OSError) as error:
        raise InvalidRequestError(
            f"The document cannot be made ({type(error).__name__}).",
            code="document_failed",
            next_action="Look at the task's log, and make the document again once its template is mended.",
        ) from error


def _compiled(ticket: Row, picture: Path | None) -> bytes:
    import typst

    shown = view(ticket).model_copy(update={"picture_mm": _picture_mm(picture) if picture else 0})
    template = files.namespace_file("templates/ticket.typ")
    inputs = {"data": shown.model_dump_json(), "picture": str(picture.resolve()) if picture else ""}
    compiled = typst.compile(str(template), root="/", sys_inputs=inputs)
    return bytes(compiled)


def _picture_mm(picture: Path) -> float:
    from PIL import Image

    with Image.open(picture) as image:
        return min(PICTURE_MAX_MM, round(PICTURE_WIDTH_MM * image.height / image.width, 1))


def _escape(text: str) -> str:
    return MARKDOWN_SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _markdown_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = [_escape(title) for title in header]
    lines = [titles, ["---"] * len(titles), *([_escape(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _section(title: str, table: str, rows: list[list[str]]) -> str:
    return f"## {_escape(title)}\n\n{table}" if rows else ""


def _reasons(shown: View) -> str:
    return "\n".join(f"- {_escape(reason)}" for reason in shown.reasons) or _escape(shown.labels["no_reasons"])
