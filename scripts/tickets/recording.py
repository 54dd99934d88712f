"""From a reading to the recorded ticket: what is known of its merchant, whether it came before, its category."""

from dataclasses import dataclass

from kit import task
from kit.db import Connection
from tickets import categories, duplicates, merchants, store, verdicts
from tickets.duplicates import First, Sent
from tickets.extraction.model import Assessment, Extraction


@dataclass(frozen=True)
class Recorded:
    """What stands in the ticket's row, and which ticket was the first of the same receipt."""

    verdict: str
    first: First | None


def record(conn: Connection, sent: Sent, extraction: Extraction, assessment: Assessment, ctx: task.Context) -> Recorded:
    """Judge a reading by what is in the database, and record it; all of it in the caller's transaction.

    A ticket that another run recorded meanwhile stays as it is, and teaches nothing twice.
    """
    read = assessment.receipt
    merchant = merchants.known(conn, read)
    printed = extraction.evidence.get("total")
    total_row = printed.text if printed else None
    assessment = merchants.remembered(assessment, merchant, total_row)
    assessment, first = duplicates.judge(conn, assessment, sent)
    if known := store.ticket(conn, sent.ticket_id):
        return Recorded(known["verdict"], None)
    verdicts.record(conn, sent.ticket_id, extraction, assessment, sent.image_sha256, ctx)
    duplicates.record(conn, sent, first)
    if assessment.verdict != "reject":
        store.set_category(conn, sent.ticket_id, *categories.classify(assessment.receipt, merchant))
    if assessment.verdict == "accept":
        # As it was read: a name that memory filled in must not confirm itself.
        merchants.learn(conn, read, None, "accepted", total_row)
    return Recorded(assessment.verdict, first)
