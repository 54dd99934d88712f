"""A doubtful ticket and its review in a test's database."""

from datetime import timedelta

from psycopg2 import sql

from kit import dates, db
from tests.unit.tickets.inbox import CTX, EMPTY, TICKET_ID, accept
from tickets import reviews, verdicts
from tickets.decision import Decision
from tickets.extraction.model import Assessment, Reason, Receipt

REVIEW_ID = "R-7QK2M4X9AB"
READ = Receipt(merchant="Bar Sol", issued_on="2026-11-20", currency="EUR", total="12.10", payment_method="card")
DOUBT = Reason(code="total_uncertain", field="total", severity="review", evidence="12.10 read with score 0.50")


def doubtful(conn, receipt=READ, reasons=(DOUBT,)):
    """A ticket that somebody must look at, and its open review; this test's execution waits for it."""
    accept(conn)
    assessment = Assessment(verdict="review", reasons=list(reasons), receipt=receipt)
    verdicts.record(conn, TICKET_ID, EMPTY, assessment, "0" * 64, CTX)
    return reviews.open(conn, TICKET_ID, CTX.execution_id, expires_at=dates.utcnow() + timedelta(hours=1))


def decided(conn, action="approve", **changes):
    """Decide it."""
    decision = Decision(action=action, changes=changes)
    assert reviews.decide(conn, REVIEW_ID, decision, by="Eva", via="console") == "decided"


def corrections(conn):
    """What was changed."""
    rows = db.fetch_all(conn, "select * from tickets.corrections order by id")
    return [(row["revision"], row["field"], row["was"], row["became"], row["by"], row["via"]) for row in rows]


def aged(conn, **hours):
    """Let time pass for the review: columns of tickets.reviews, and hours to take from them."""
    for column, passed in hours.items():
        statement = sql.SQL("update tickets.reviews set {0} = {0} - %s * interval '1 hour'")
        db.execute(conn, statement.format(sql.Identifier(column)), [passed])
