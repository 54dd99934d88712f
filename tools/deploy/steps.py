"""The steps that a deploy and a rollback share: check flows, put them, delete some, run one and wait for it."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from tools.deploy import executions
from tools.deploy.executions import TooLateError
from tools.deploy.lock import Held
from tools.deploy.options import DeployError
from tools.deploy.server import Deployed, Server, ServerError

Say = Callable[[str], None]


class Source(Protocol):
    """A flow with its YAML, from a checkout or from a release's folder on the server."""

    @property
    def namespace(self) -> str: ...  # noqa: D102
    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def source(self) -> str: ...  # noqa: D102


def violations(flows: Sequence[Source], server: Server) -> dict[str, str]:
    """What the server finds wrong, by the flow's name; empty when all are valid."""
    found = {flow.name: server.violations(flow.source) for flow in flows}
    return {name: violation for name, violation in found.items() if violation}


def validate(flows: Sequence[Source], server: Server) -> None:
    """Refuse to go on with an invalid flow.

    Raises:
        DeployError: names each invalid flow.
    """
    wrong = [f"  {name}: {violation}" for name, violation in violations(flows, server).items()]
    if wrong:
        raise DeployError("Invalid flows; nothing was changed:\n" + "\n".join(wrong))


def put(flows: Sequence[Source], server: Server, lock: Held, say: Say) -> None:
    """Create or update flows, in their order; one that the server refuses does not keep back the others.

    Raises:
        DeployError: names each flow that was refused.
    """
    done: Counter[str] = Counter()
    failed = []
    for flow in flows:
        lock.check()
        try:
            what = server.put_flow(flow.namespace, flow.id, flow.source)
        except ServerError as error:
            failed.append(f"  {flow.name}: {error}")
            continue
        done[what] += 1
        if what != "unchanged":
            say(f"{what} {flow.name}")
    say("flows: " + (", ".join(f"{count} {what}" for what, count in done.items()) or "none"))
    if failed:
        raise DeployError("Not deployed; mend what is named and deploy again:\n" + "\n".join(failed))


def delete(flows: Sequence[Deployed], server: Server, lock: Held, say: Say) -> None:
    """Delete flows; their executions that run go on to their end."""
    for flow in flows:
        lock.check()
        server.delete_flow(flow.namespace, flow.id)
        say(f"deleted {flow.name}")


def run_to_success(server: Server, flow: tuple[str, str], within_s: float, otherwise: str) -> None:
    """Start a flow and wait until it has ended well.

    Args:
        server: where.
        flow: namespace and id.
        within_s: seconds that it may take.
        otherwise: what to do when it fails; ends the message.

    Raises:
        DeployError: it failed, or took too long; in the latter case it goes on.
    """
    execution = executions.start(server, *flow)
    try:
        state = executions.wait(server, execution, within_s)
    except TooLateError as late:
        raise DeployError(
            f"{flow[1]} has not ended after {within_s:.0f} s (execution {execution} is {late} and goes on). {otherwise}"
        ) from None
    if state not in ("SUCCESS", "WARNING"):
        reason = executions.why(server, execution)
        raise DeployError(f"{flow[1]} ended {state} (execution {execution}): {reason}\n{otherwise}")
