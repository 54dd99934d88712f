"""One deploy at a time, by the one thing in Kestra that decides between two who come at once: a flow's concurrency.

`deploy_lock` has room for one execution and cancels any other; the executor decides that in a transaction, which the
key-value store cannot do. The holder's execution stays paused while the deploy works. The holder also counts up a value
in the key-value store; when it stands still, the holder is dead (kill -9, a lost machine), and whoever waits kills that
one execution *by its id*, so that two who take over at once cannot end each other's.

What is guaranteed: never two holders in Kestra's eyes. What is not: a holder that was stopped for longer than
`stale_s` (a machine asleep) and wakes up has lost the lock, notices it before its next call, and stops; a call that
was already on its way still arrives. Each such call is one that the other deploy makes or repeats itself.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.deploy import executions
from tools.deploy.server import Server, ServerError

NAMESPACE, FLOW_ID = "opsflows.platform", "deploy_lock"
SOURCE = Path(__file__).with_name("lock.yaml")
KEY = "deploy.lock"
LOOK_S = (0.2, 2.0)  # first and longest wait between two looks
FRESH_S = 1.0


class LockError(Exception):
    """Another deploy is under way, or took over; the message says whose and what to do."""


@dataclass(frozen=True)
class Timing:
    """How long things take, in seconds: to wait for another deploy, between two beats, until silence means death."""

    wait_s: float = 60.0
    beat_s: float = 4.0
    stale_s: float = 20.0


@dataclass
class Held:
    """The lock, while we have it."""

    server: Server
    execution: str
    _checked: float = field(default=0.0)

    def check(self) -> None:
        """Make sure that the lock is still ours; called before each change.

        Raises:
            LockError: somebody took over.
        """
        # The clock of the wall, because the monotonic one may stand still while a machine sleeps.
        if 0 <= time.time() - self._checked < FRESH_S:
            return
        if executions.state(self.server, self.execution) != "PAUSED":
            raise LockError(
                "Another deploy took over, because this one was silent for too long. Look at it, and repeat."
            )
        self._checked = time.time()


@contextmanager
def held(server: Server, holder: str, timing: Timing) -> Iterator[Held]:
    """Hold the lock.

    Args:
        server: where to deploy.
        holder: who deploys what, for whoever finds the lock taken.
        timing: how long to wait, and when silence means death.

    Raises:
        LockError: another deploy is under way.
    """
    _put_flow(server)
    execution = _acquire(server, holder, timing)
    stop = threading.Event()
    # A client of its own: requests' sessions are not made for two threads.
    beats = threading.Thread(target=_beat, args=(Server(server.target), execution, timing.beat_s, stop), daemon=True)
    beats.start()
    try:
        yield Held(server, execution)
    finally:
        stop.set()
        beats.join()
        with suppress(ServerError):  # the server is away: silence ends the lock, and the deploy's own error is told
            executions.end(server, execution, "resume")


def _put_flow(server: Server) -> None:
    try:
        server.put_flow(NAMESPACE, FLOW_ID, SOURCE.read_text(encoding="utf-8"))
    except ServerError:
        # Two first deploys at once: the other one created it a moment ago.
        if server.source(NAMESPACE, FLOW_ID) is None:
            raise


def _acquire(server: Server, holder: str, timing: Timing) -> str:
    ends = time.monotonic() + timing.wait_s
    quiet = Silence(timing.stale_s)
    pause = LOOK_S[0]
    while True:
        living = executions.living_of(server, NAMESPACE, FLOW_ID)
        dead = [item for item in living if quiet.lasts(item["id"], server.read_value(KEY))]
        for item in dead:
            executions.end(server, item["id"], "kill")
        if len(dead) == len(living) and (execution := _try(server, holder, timing.wait_s)):
            return execution
        if time.monotonic() > ends:
            raise LockError(_taken(living))
        time.sleep(pause)
        pause = min(pause * 1.5, LOOK_S[1])


def _try(server: Server, holder: str, within_s: float) -> str | None:
    """Ask for the only place; the execution that got it, or None."""
    execution = executions.start(server, NAMESPACE, FLOW_ID, {"holder": holder})
    ends = time.monotonic() + within_s
    while (state := executions.state(server, execution)) != "PAUSED":
        if state in executions.ENDED:
            return None
        if time.monotonic() > ends:
            executions.end(server, execution, "kill")
            raise LockError(
                f"The execution {execution} of {FLOW_ID} is still {state} after {within_s:.0f} s; nothing was changed. "
                "See whether Kestra's executor runs and is not overloaded, then repeat."
            )
        time.sleep(executions.POLL_S[0])
    server.write_value(KEY, {"execution": execution, "beat": 0})
    return execution


def _beat(server: Server, execution: str, every_s: float, stop: threading.Event) -> None:
    beat = 0
    while not stop.wait(every_s):
        beat += 1
        try:
            # Not after somebody took over: that would write into the new holder's value.
            if executions.state(server, execution) != "PAUSED":
                return
            server.write_value(KEY, {"execution": execution, "beat": beat})
        except ServerError:
            continue  # a server that is away for a moment; the deploy's own calls say so


class Silence:
    """How long each holder has been silent, as far as we have watched it; no clock but our own is needed."""

    def __init__(self, stale_s: float) -> None:
        """Begin to watch."""
        self._stale_s = stale_s
        self._heard: dict[str, tuple[Any, float]] = {}

    def lasts(self, execution: str, value: Any) -> bool:
        """Whether a holder has given no sign of life for too long."""
        beat = value.get("beat") if isinstance(value, dict) and value.get("execution") == execution else None
        known, since = self._heard.setdefault(execution, (beat, time.monotonic()))
        if known != beat:
            self._heard[execution] = (beat, time.monotonic())
            return False
        return time.monotonic() - since > self._stale_s


def _taken(living: list[Any]) -> str:
    if living:
        holder = living[0].get("inputs", {}).get("holder", "unknown")
        return f"Another deploy is under way: {holder}. Wait for its end, then repeat."
    return (
        f"{NAMESPACE}.{FLOW_ID} takes no execution, though none is running. "
        "In Kestra, Administration → Concurrency limits, set its running executions to 0; then repeat."
    )
