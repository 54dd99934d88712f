"""The document of a ticket: one view of its fields, written as Markdown and as PDF (typst)."""

import re
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from kit import typesetting
from tickets import crops
from tickets.document_view import PICTURE_MAX_MM, View, view
from tickets.store import Row

PICTURE_WIDTH_MM = 62
# Shown at most 30 mm wide: 300 dots an inch.
PIECE_PIXELS = 360
SHOWN_PIECES = frozenset(
    {"merchant", "tax_id", "issued_on", "issued_time", "document_number", "payment_method", "total"}
)
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
    with typesetting.failures(
        "document", "Look at the task's log, and make the document again once its template is mended."
    ):
        return _compiled(ticket, picture)


def _compiled(ticket: Row, picture: Path | None) -> bytes:
    with TemporaryDirectory(prefix="document-") as folder:
        upright = _upright(ticket, picture, Path(folder)) if picture else None
        shown = view(ticket).model_copy(update={"picture_mm": _picture_mm(upright) if upright else 0})
        if picture:
            shown = _with_pieces(shown, ticket, picture, Path(folder))
        shown_picture = str(upright.resolve()) if upright else ""
        return typesetting.pdf("ticket.typ", data=shown.model_dump_json(), picture=shown_picture)


def _upright(ticket: Row, picture: Path, folder: Path) -> Path:
    """The picture as people read it; the stored one itself when it stands upright."""
    rotation = ticket.get("rotation")
    if not rotation:
        return picture
    turned = folder / "picture.jpg"
    turned.write_bytes(crops.upright(picture.read_bytes(), rotation))
    return turned


def _with_pieces(shown: View, ticket: Row, picture: Path, folder: Path) -> View:
    """Beside each value, the piece of the picture that it was read from, where one is known."""
    evidence = {name: found for name, found in (ticket.get("evidence") or {}).items() if name in SHOWN_PIECES}
    rotation = ticket.get("rotation") or 0
    cut = crops.pieces(picture.read_bytes(), evidence, rotation=rotation, largest=PIECE_PIXELS) if evidence else {}
    written = {}
    for number, (name, jpeg) in enumerate(cut.items()):
        file = folder / f"piece{number}.jpg"
        file.write_bytes(jpeg)
        written[name] = str(file.resolve())
    pieces = [written.get(name, "") for name in shown.names]
    return shown.model_copy(update={"pieces": pieces, "total_piece": written.get("total", "")})


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
