"""One deploy, step by step: nothing is changed on the server before every flow was found valid there.

The order keeps executions whole: a release's files are complete before a flow names them, the schema is extended
before code needs it, a flow comes after those that it starts. Each step can be repeated, so that an interrupted deploy
is run again.
"""

from tools.deploy import history, lock, order, steps, upload
from tools.deploy.history import History
from tools.deploy.lock import Held
from tools.deploy.options import MIGRATE, SMOKE, DeployError, Options
from tools.deploy.release import Flow, Release
from tools.deploy.server import Deployed, Server
from tools.deploy.steps import Say

__all__ = ["DeployError", "Options", "deploy", "left_over"]


def deploy(release: Release, server: Server, options: Options | None = None, say: Say = print) -> None:
    """Validate, upload, migrate, create or update the flows, prune, smoke, write the history.

    Raises:
        DeployError: a flow is invalid, the release exists with other content, a migration or the smoke failed.
        LockError: another deploy is under way.
        ServerError: the server refused a call or cannot be reached.
    """
    options = options or Options()
    _need_flows(release, options)
    steps.validate(release.flows, server)
    say(f"{len(release.flows)} flows valid")
    with lock.held(server, f"deploy of {release.version} by {history.who()}", options.lock) as held:
        found = upload.changes(release, server)
        if refused := upload.refusal(release, found):
            raise DeployError(refused)
        with history.recorded(server, held, release.version, release.manifest(), "deploy"):
            upload.apply(release, server, found, held.check)
            say(f"files of {release.version}: {upload.summary(found)}")
            _put_flows(release, server, options, held, say)


def _put_flows(release: Release, server: Server, options: Options, held: Held, say: Say) -> None:
    current = History.read(server).current
    back = options.rollback_command(current.release if current and current.release != release.version else None)
    flows = order.callees_first(release.flows, lambda flow: flow.name, lambda flow: flow.source)
    if options.migrate:
        _migrate(flows, server, options, held, back)
        say("migrations: done")
    steps.put(flows, server, held, say)
    _prune(release, server, options, held, say)
    if options.smoke:
        held.check()
        steps.run_to_success(server, SMOKE, options.smoke_within_s, f"The flows are those of {release.version}. {back}")
        say("smoke: well")


def _migrate(flows: list[Flow], server: Server, options: Options, held: Held, back: str) -> None:
    flow = next(flow for flow in flows if (flow.namespace, flow.id) == MIGRATE)
    held.check()
    server.put_flow(flow.namespace, flow.id, flow.source)
    untouched = f"The other flows are as they were. Mend what it says, and deploy again. {back}"
    steps.run_to_success(server, MIGRATE, options.migrate_within_s, untouched)


def left_over(release: Release, server: Server) -> list[Deployed]:
    """The flows of our namespaces that the server has and the release does not; the lock's own flow is none."""
    known = {flow.name for flow in release.flows} | {f"{lock.NAMESPACE}.{lock.FLOW_ID}"}
    return [flow for flow in server.flows() if flow.name not in known]


def _prune(release: Release, server: Server, options: Options, held: Held, say: Say) -> None:
    found = left_over(release, server)
    if options.prune:
        steps.delete(found, server, held, say)
    elif found:
        names = ", ".join(flow.name for flow in found)
        say(f"left over, not in {release.version}: {names}. Delete with --prune (make deploy PRUNE=1).")


def _need_flows(release: Release, options: Options) -> None:
    there = {(flow.namespace, flow.id) for flow in release.flows}
    for wanted, flow, switch in ((options.migrate, MIGRATE, "--no-migrate"), (options.smoke, SMOKE, "--no-smoke")):
        if wanted and flow not in there:
            raise DeployError(
                f"The release has no flow {'.'.join(flow)}; nothing was changed. Add it, or use {switch}."
            )
