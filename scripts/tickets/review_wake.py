"""Who goes on with a review: the execution that waits, where Kestra's API is at hand, else a new one."""

from collections.abc import Iterable

from kit import kestra, logging, settings
from kit.errors import OpsflowsError
from tickets.store import Row

# States in which an execution goes on by itself. KILLING is none: who was killed while a task waited for its retry
# may stand there for ever (Kestra 2.0.0).
ALIVE = ("CREATED", "QUEUED", "RUNNING", "RESTARTED", "RETRYING", "RESUMED", "SUBMITTED")
UNKNOWN = ""
GONE = "GONE"


def wake(reviews: Iterable[Row]) -> list[str]:
    """Resume the executions that wait; what cannot be resumed is for a new execution.

    Returns:
        The tickets whose review needs a new execution. One too many is harmless: each step is done once.
    """
    executions = _Executions()
    return [review["ticket_id"] for review in reviews if not executions.goes_on(review["execution_id"])]


def orphans(reviews: Iterable[Row]) -> list[str]:
    """The tickets among open reviews whose execution does not wait any more: killed, deleted, lost.

    Without Kestra's API nothing is known of executions, and none is an orphan: a decision finds its way all the same.
    """
    executions = _Executions()
    waiting = (UNKNOWN, kestra.PAUSED, *ALIVE)
    return [review["ticket_id"] for review in reviews if executions.state(review["execution_id"]) not in waiting]


class _Executions:
    """Executions as Kestra's API sees them; after its first failure it is not asked again, so that a sweep ends."""

    def __init__(self) -> None:
        """Nothing is asked yet."""
        self._api = kestra.Client(settings.get()) if kestra.is_configured() else None

    def state(self, execution_id: str) -> str:
        """The state of an execution; `GONE` when there is none, blank when Kestra does not tell."""
        if self._api is None or not execution_id:
            return UNKNOWN
        try:
            return self._api.state(execution_id) or GONE
        except OpsflowsError as error:
            self._give_up(error)
            return UNKNOWN

    def goes_on(self, execution_id: str) -> bool:
        """Wake an execution; whether it goes on, now or already."""
        if self.state(execution_id) != kestra.PAUSED or self._api is None:
            return self.state(execution_id) in ALIVE
        try:
            return self._api.resume(execution_id) or self.state(execution_id) in ALIVE
        except OpsflowsError as error:
            self._give_up(error)
            return False

    def _give_up(self, error: OpsflowsError) -> None:
        self._api = None
        logging.get(__name__).warning("review.kestra_away", code=error.code)
