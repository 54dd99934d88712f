"""Who goes on with a review: the execution that waits, where Kestra's API is at hand, else a new one."""

from collections.abc import Iterable

from kit import kestra, logging, settings
from kit.errors import OpsflowsError
from tickets.store import Row

# States in which an execution will go on, or ends, by itself.
ALIVE = ("CREATED", "QUEUED", "RUNNING", "RESTARTED", "RETRYING", "RESUMED", "KILLING", "SUBMITTED")


def wake(reviews: Iterable[Row]) -> list[str]:
    """Resume the executions that wait; what cannot be resumed is for a new execution.

    Returns:
        The tickets whose review needs a new execution. One too many is harmless: each step is done once.
    """
    return [review["ticket_id"] for review in reviews if not _goes_on(review)]


def orphans(reviews: Iterable[Row]) -> list[str]:
    """The tickets among open reviews whose execution does not wait any more: killed, deleted, lost.

    Without Kestra's API nothing is known of executions, and none is an orphan: a decision finds its way all the same.
    """
    if not kestra.is_configured():
        return []
    return [review["ticket_id"] for review in reviews if _state(review) not in ("", kestra.PAUSED, *ALIVE)]


def _goes_on(review: Row) -> bool:
    if not kestra.is_configured() or not review["execution_id"]:
        return False
    return kestra.try_resume(review["execution_id"]) or _state(review) in ALIVE


def _state(review: Row) -> str:
    """The state of the review's execution; `gone` when there is none, blank when Kestra does not tell."""
    try:
        return kestra.Client(settings.get()).state(review["execution_id"]) or "gone"
    except OpsflowsError as error:
        logging.get(__name__).warning("review.state_unknown", review_id=review["review_id"], code=error.code)
        return ""
