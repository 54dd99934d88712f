"""Releases whose files nothing needs any more: no flow, no living execution, no rollback, no deploy of late.

The same rules as `make releases REMOVE_UNUSED=1`, and one more, because nobody looks on: a release that was deployed
within so many days stays.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from kit import kestra, kv
from kit.errors import ConflictError, NotFoundError, UnavailableError
from platform_tasks.upkeep import engine
from platform_tasks.upkeep.history import KEY, Entries, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VERSION: Final = re.compile(r"\d+\.\d+\.\d+([.-]?(a|b|rc|dev)\d+)*")
MANIFEST: Final = "manifest.json"
LOCK: Final = "opsflows.platform/deploy_lock"
_LOCK_KEY: Final = "deploy.lock"
_WITHIN_S: Final = 30.0


@dataclass(frozen=True)
class Release:
    """A release's folder on the server, and why it stays; `why` is empty for one that may go."""

    version: str
    why: str


def find(client: kestra.Client, before: datetime) -> list[Release]:
    """The releases, each with what needs it; those that were deployed since `before` are needed, too."""
    # Executions first: one that starts between the two questions runs on a flow that the second one sees.
    at_work = {(one["namespace"], one["flowId"], one["flowRevision"]) for one in engine.living(client)}
    running = {_release_of(client, *revision) for revision in sorted(at_work)}
    flows = client.pages("flows/search", engine.OURS)
    named = {str((flow.get("variables") or {}).get("release")) for flow in flows}
    known = Entries([Entry.of(item) for item in kv.Store(client).get(KEY) or []])
    found = client.api("GET", f"namespaces/{engine.ROOT}/files/directory", params={"path": "/"}).json()
    names = [entry["fileName"] for entry in found if entry["type"] == "Directory"]
    versions = sorted(name for name in names if VERSION.fullmatch(name))
    return [Release(version, _why(version, known, named, running, before)) for version in versions]


def remove(client: kestra.Client, before: datetime) -> list[str]:
    """Remove those that nothing needs, while no deploy can begin; returns their versions.

    Raises:
        ConflictError: a deploy is under way (code `deploy_under_way`).
    """
    if not any(not release.why for release in find(client, before)):
        return []
    removed = []
    with _locked(client) as check:
        for release in [one for one in find(client, before) if not one.why]:
            check()
            # The manifest first, so that what an interruption leaves behind is not taken for a release.
            for path in (f"/{release.version}/{MANIFEST}", f"/{release.version}"):
                _delete(client, path)
            removed.append(release.version)
    return removed


def as_json(found: list[Release]) -> list[dict[str, str]]:
    """The list as data."""
    return [asdict(release) for release in found]


def _why(version: str, known: Entries, named: set[str], running: set[str], before: datetime) -> str:
    if role := known.role(version):
        return role
    if version in named:
        return "flows"
    if version in running:
        return "executions"
    last = known.last_of(version)
    return "recent" if last and datetime.fromisoformat(last.at) >= before else ""


def _release_of(client: kestra.Client, namespace: str, flow_id: str, revision: int) -> str:
    params = {"revision": revision, "allowDeleted": "true"}
    flow = client.api("GET", f"flows/{namespace}/{flow_id}", params=params).json()
    return str((flow.get("variables") or {}).get("release"))


def _delete(client: kestra.Client, path: str) -> None:
    try:
        client.api("DELETE", f"namespaces/{engine.ROOT}/files", params={"path": path}, expect_json=False)
    except NotFoundError:
        return


@contextmanager
def _locked(client: kestra.Client) -> Iterator[Callable[[], None]]:
    """Hold the only place of `deploy_lock`; yields what is to be called before each change.

    How it is held is told in tools/deploy/lock.py: a value in the store counts up as long as the holder lives.
    """
    made = client.api("POST", f"executions/{LOCK}", files={"holder": (None, "state_maintenance")}, keyed=False).json()
    execution, beat = str(made["id"]), 0

    def check() -> None:
        nonlocal beat
        if client.state(execution) != kestra.PAUSED:
            raise ConflictError("A deploy took over.", code="deploy_under_way", next_action="The next run goes on.")
        kv.Store(client).set(_LOCK_KEY, {"execution": execution, "beat": beat})
        beat += 1

    try:
        _wait(client, execution)
        yield check
    finally:
        client.resume(execution)


def _wait(client: kestra.Client, execution: str) -> None:
    ends = time.monotonic() + _WITHIN_S
    while (state := client.state(execution)) != kestra.PAUSED:
        if state in kestra.ENDED:
            raise ConflictError("A deploy is under way.", code="deploy_under_way", next_action="The next run goes on.")
        if time.monotonic() > ends:
            raise UnavailableError(f"The lock's execution is still {state}.", code="lock_slow", provider="kestra")
        time.sleep(0.1)
