"""What the demo prints: each ticket as it ends, then the rows as they stand in the sheet."""

from typing import TYPE_CHECKING, Any

from kit import db
from kit.db import Connection
from tools.demo.posts import Post

if TYPE_CHECKING:
    from decimal import Decimal

RESULT = """
select m.ticket_id, m.state, m.last_error, t.verdict, t.merchant, t.issued_on, t.total, t.currency, t.reasons,
       t.sheet_range, t.document_uri, extract(epoch from a.finished_at - m.received_at)::float as seconds
from tickets.messages m
left join tickets.tickets t using (ticket_id)
left join tickets.batch_members b on b.ticket_id = m.ticket_id and b.state = 'told'
left join ops.effects a on a.key = 'answer:' || coalesce(b.batch_id, m.ticket_id) and a.state in ('done', 'unknown')
where m.message_id = %(message_id)s
"""
COLUMNS = (("Photo", 32), ("Verdict", 8), ("Merchant", 38), ("Date", 11), ("Total", 13), ("Seconds", 7))


def result(conn: Connection, post: Post) -> dict[str, Any] | None:
    """What Postgres knows of a post's message, or None."""
    return db.fetch_one(conn, RESULT, {"message_id": post.message_id})


def header() -> str:
    """The titles of the table, underlined."""
    titles = "  ".join(f"{title:{'>' if title in ('Total', 'Seconds') else '<'}{width}}" for title, width in COLUMNS)
    return f"{titles}\n{'-' * len(titles)}"


def line(post: Post, row: dict[str, Any]) -> str:
    """One finished ticket as a line of the table."""
    verdict = row["verdict"] or row["state"]
    merchant = row["merchant"] or ", ".join(reason["code"] for reason in row["reasons"] or []) or row["last_error"]
    cells = [
        post.file,
        verdict,
        merchant or "",
        str(row["issued_on"] or ""),
        _amount(row),
        f"{row['seconds'] or 0:.1f}",
    ]
    fitted = zip(cells, COLUMNS, strict=True)
    return "  ".join(
        f"{cell[:width]:{'>' if title in ('Total', 'Seconds') else '<'}{width}}" for cell, (title, width) in fitted
    )


def _amount(row: dict[str, Any]) -> str:
    total: Decimal | None = row["total"]
    return "" if total is None else f"{total:.2f} {row['currency'] or ''}".strip()
