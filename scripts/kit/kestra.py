"""Kestra's own API, for what a task or the console must ask of it: how an execution stands, to wake or delete one.

It needs OPSFLOWS_KESTRA_URL, _USERNAME and _PASSWORD, and its `host:port` in OPSFLOWS_HTTP_ALLOW_PRIVATE when that is
a private address. Whoever has them may do everything in Kestra; without them everything works, and sleepers are not
woken but replaced (docs/review.md).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from kit import http, logging, settings
from kit.errors import ConflictError, InvalidRequestError, InvalidResponseError, NotFoundError, OpsflowsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from requests.auth import HTTPBasicAuth

    from kit.settings import Settings

PROVIDER: Final = "kestra"
PAUSED: Final = "PAUSED"
ENDED: Final = ("SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED", "SKIPPED")
PAGE: Final = 100
_ROOT: Final = "api/v1/main"
_MOST_BYTES: Final = 100_000_000  # of a page: an execution tells all of its tasks
_MOST_PAGES: Final = 1000  # a list without an end is none
_API: Final = f"{_ROOT}/executions"
_POLICY: Final = http.RetryPolicy(attempts=2, total_s=10, connect_s=3, read_s=8)
_OWNER: Final = re.compile(r"/executions/([\w-]+)/")
# A form must have a field, or it is none.
_NOTHING: Final = {"by": "opsflows"}


class Client:
    """Kestra's API as one user.

    Args:
        config: address, user and password.
        policy: bounds of the tries and of the total time.

    Raises:
        ConfigurationError: one of them is not set.
    """

    def __init__(self, config: Settings, policy: http.RetryPolicy = _POLICY) -> None:
        """Read the settings; nothing is sent yet."""
        url = settings.require(config.kestra_url, "OPSFLOWS_KESTRA_URL")
        user = settings.require(config.kestra_username, "OPSFLOWS_KESTRA_USERNAME")
        password = settings.require(config.kestra_password, "OPSFLOWS_KESTRA_PASSWORD")
        self._http = http.Client(PROVIDER, url, auth=_basic(user, password), policy=policy)

    def api(self, method: str, path: str, **options: Any) -> http.Response:
        """Call a path under `/api/v1/main`, with the options of `kit.http.Client.request`.

        Raises:
            OpsflowsError: Kestra is away, refuses the call, or does not accept the user.
        """
        return self._http.request(method, f"{_ROOT}/{path}", **options)

    def search(self, path: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """A page of a search: `results`, and how many there are in `total`.

        Raises:
            InvalidResponseError: the answer is none.
            OpsflowsError: Kestra is away, or does not accept the user.
        """
        found = self.api("GET", path, params=params, max_bytes=_MOST_BYTES).json()
        parts = (found.get("total"), found.get("results")) if isinstance(found, dict) else (None, None)
        if not isinstance(parts[0], int) or not isinstance(parts[1], list):
            raise InvalidResponseError("Kestra's answer is no page of a search.", provider=PROVIDER)
        return dict(found)

    def pages(self, path: str, filters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Everything that a search for flows or triggers finds; for executions there is `in_time_order`."""
        for page in range(1, _MOST_PAGES + 1):
            found = self.search(path, {**filters, "page": page, "size": PAGE})["results"]
            yield from found
            if len(found) < PAGE:
                return
        raise InvalidResponseError(f"Kestra's answers to {path} have no end.", provider=PROVIDER)

    def count(self, path: str, filters: Mapping[str, Any]) -> int:
        """How many a search finds; errors as `search`."""
        return int(self.search(path, {**filters, "page": 1, "size": 1})["total"])

    def namespaces(self) -> list[Any]:
        """The namespaces that have flows: its cheapest answer that needs our user.

        Raises:
            InvalidResponseError: the answer is no list.
            OpsflowsError: Kestra is away, or does not accept the user.
        """
        found = self.api("GET", "flows/distinct-namespaces").json()
        if not isinstance(found, list):
            raise InvalidResponseError("Kestra's answer lists no namespaces.", provider=PROVIDER)
        return found

    def state(self, execution_id: str) -> str | None:
        """Return the state of an execution, such as `PAUSED`; None when Kestra knows none of this id.

        Raises:
            OpsflowsError: Kestra is away, or does not accept the user.
        """
        try:
            answer = self._http.request("GET", f"{_API}/{execution_id}").json()
        except NotFoundError:
            return None
        try:
            return str(answer["state"]["current"])
        except (KeyError, TypeError) as error:
            raise InvalidResponseError("Kestra's answer names no state.", provider=PROVIDER) from error

    def resume(self, execution_id: str, inputs: Mapping[str, str] | None = None) -> bool:
        """Let a paused execution go on.

        Args:
            execution_id: the execution.
            inputs: values for the `onResume` inputs of its Pause task.

        Returns:
            False when it is not paused, or unknown.

        Raises:
            OpsflowsError: Kestra is away, or does not accept the user or an input.
        """
        if self.state(execution_id) != PAUSED:
            return False
        parts = {name: (None, value) for name, value in (inputs or _NOTHING).items()}
        try:
            # Repeating is safe: an execution that goes on already is not paused any more.
            self._http.request("POST", f"{_API}/{execution_id}/actions/resume", files=parts, keyed=True)
        except (ConflictError, InvalidRequestError):
            if self.state(execution_id) == PAUSED:
                raise
            return False  # somebody else was faster
        return True

    def file(self, uri: str) -> bytes:
        """Return a file of the internal storage that an execution wrote.

        Raises:
            NotFoundError: no execution wrote it, or it is gone.
            OpsflowsError: Kestra is away, or does not accept the user.
        """
        owner = _OWNER.search(uri)
        if not owner:
            raise NotFoundError("The address names no execution.", provider=PROVIDER)
        path = f"{_API}/{owner[1]}/file"
        return self._http.request("GET", path, params={"path": uri}, expect_json=False).content

    def delete(self, execution_id: str) -> Literal["deleted", "gone", "running"]:
        """Delete an execution that has ended, with its inputs, outputs, logs, metrics and files.

        Raises:
            OpsflowsError: Kestra is away, or does not accept the user.
        """
        found = self.state(execution_id)
        if found is None:
            return "gone"
        if found not in ENDED:
            return "running"
        everything = dict.fromkeys(("deleteLogs", "deleteMetrics", "deleteStorage"), "true")
        try:
            self._http.request("DELETE", f"{_API}/{execution_id}", params=everything, expect_json=False)
        except NotFoundError:
            return "gone"
        return "deleted"


def in_time_order(
    ask: Callable[[datetime, int], Sequence[dict[str, Any]]],
    by: Literal["startDate", "endDate"],
    since: datetime,
    size: int = PAGE,
) -> Iterator[Sequence[dict[str, Any]]]:
    """Pages of executions in the order of a time.

    Each is asked for from where the last one ended, so that one that is deleted or ends meanwhile moves no other out of
    sight; what stands where two pages meet comes twice.

    Args:
        ask: gives the page of a number of the executions since a moment, earliest first.
        by: the time that they are in order of.
        since: where the first page begins.
        size: how many a full page has.
    """
    number = 1
    while page := ask(since, number):
        yield page
        if len(page) < size:
            return
        last = moment(page[-1]["state"][by])
        # A page of one single moment: the next one begins with it, too.
        since, number = (since, number + 1) if last == since else (last, 1)


def moment(text: str) -> datetime:
    """A moment of Kestra's JSON, in UTC; digits beyond microseconds are cut."""
    return datetime.fromisoformat(text).astimezone(UTC)


def is_configured() -> bool:
    """Whether the settings name a server and a user."""
    config = settings.get()
    return bool(config.kestra_url and config.kestra_username and config.kestra_password)


def try_resume(execution_id: str) -> bool:
    """Let a paused execution go on if that can be done now; never raises for trouble with Kestra."""
    if not is_configured():
        return False
    try:
        return Client(settings.get()).resume(execution_id)
    except OpsflowsError as error:
        logging.get(__name__).warning("kestra.not_resumed", execution_id=execution_id, code=error.code)
        return False


def _basic(user: str, password: str) -> HTTPBasicAuth:
    from requests.auth import HTTPBasicAuth

    return HTTPBasicAuth(user, password)
