"""Back to an earlier release: its flows are put again, from the copies on the server; the database stays as it is.

Files need nothing, because each release's are still there; executions that run stay on the release that they began on.
"""

from tools.deploy import history, lock, order, steps, stored
from tools.deploy.history import History
from tools.deploy.options import SMOKE, DeployError, Options
from tools.deploy.server import Deployed, Server
from tools.deploy.steps import Say
from tools.deploy.stored import StoredRelease


def rollback(server: Server, to: str | None = None, options: Options | None = None, say: Say = print) -> None:
    """Put the flows of an earlier release, delete those that came with a newer one, smoke, write the history.

    Args:
        server: where.
        to: the release; default: the one before, or the last that ended well when the newest deploy did not.
        options: `smoke`, and how long to wait.
        say: told what happens.

    Raises:
        DeployError: there is nothing to go back to, the release is not on the server or not what was deployed, or
            the smoke failed.
        LockError: a deploy is under way.
        ServerError: the server refused a call or cannot be reached.
    """
    options = options or Options()
    with lock.held(server, f"rollback by {history.who()}", options.lock) as held:
        known = History.read(server)
        release = stored.read(server, to or _target(known))
        _refuse_overwritten(known, release)
        steps.validate(release.flows, server)
        added = _added_later(server, known, release)
        say(f"back to {release.version}")
        with history.recorded(server, held, release.version, release.manifest, "rollback"):
            # The other way round than in a deploy: callers first, so that none meets a callee older than itself.
            flows = order.callees_first(release.flows, lambda flow: flow.name, lambda flow: flow.source)
            steps.put(flows[::-1], server, held, say)
            steps.delete(added, server, held, say)
            _smoke(release, server, options, say)


def _target(known: History) -> str:
    if known.unfinished and known.current:
        return known.current.release
    if known.before is None:
        raise DeployError(
            "The history has no release before the current one; nothing was changed. "
            "Name one with --to (make rollback TO=…); `python -m tools.deploy releases` lists them."
        )
    return known.before.release


def _refuse_overwritten(known: History, release: StoredRelease) -> None:
    """A development version holds its last content only: what was deployed earlier under its name is gone."""
    last = known.last_of(release.version)
    if known.unfinished is None and known.before and known.before.release == release.version:
        last = known.before
    if last and last.digest != release.digest:
        raise DeployError(
            f"{release.version} was overwritten after it was deployed at {last.at}; nothing was changed. "
            "Go to another release with --to, or check out what you want and deploy it."
        )


def _added_later(server: Server, known: History, release: StoredRelease) -> list[Deployed]:
    """The flows on the server that a release after this one brought: in its manifest, and not in this release's."""
    ours = {flow.name for flow in release.flows}
    later = known.since(release.version)
    later |= {entry.release for entry in (known.current, known.unfinished) if entry} - {release.version}
    brought = {name for version in later for name in stored.flow_names(server, version)} - ours
    return [flow for flow in server.flows() if flow.name in brought and flow.release in (*later, None)]


def _smoke(release: StoredRelease, server: Server, options: Options, say: Say) -> None:
    if not options.smoke:
        return
    if SMOKE not in {(flow.namespace, flow.id) for flow in release.flows}:
        say(f"{release.version} has no {SMOKE[1]}; look at its executions yourself")
        return
    otherwise = f"The flows are those of {release.version}. Mend what it says, or go to another release with --to."
    steps.run_to_success(server, SMOKE, options.smoke_within_s, otherwise)
    say("smoke: well")
