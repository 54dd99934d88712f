"""The releases whose files are on the server, what still needs them, and the removal of those that nothing needs."""

from collections import Counter
from dataclasses import dataclass

from tools.deploy import executions, history, lock, stored
from tools.deploy.history import History
from tools.deploy.lock import Timing
from tools.deploy.release import MANIFEST
from tools.deploy.server import NAMESPACE, Server
from tools.deploy.steps import Say


@dataclass(frozen=True)
class Listed:
    """One release's folder on the server.

    Attributes:
        version: its name.
        at: when it was last deployed or returned to, ISO 8601 UTC; None when the history does not tell.
        complete: its manifest is there.
        role: `current`, `before` (what a rollback returns to), or empty.
        flows: how many flows name it.
        running: how many executions that have not ended run on it.
        size: bytes.
    """

    version: str
    at: str | None
    complete: bool
    role: str
    flows: int
    running: int
    size: int

    @property
    def is_needed(self) -> bool:
        """Whether removing it could take files from under something."""
        return bool(self.role or self.flows or self.running)


def find(server: Server) -> list[Listed]:
    """List the releases, oldest version first."""
    known = History.read(server)
    # Executions first: one that starts between the two questions runs on a flow that the second one sees.
    running = _running(server)
    flows = Counter(flow.release for flow in server.flows())
    return [_listed(server, version, known, flows[version], running[version]) for version in stored.versions(server)]


def remove_unused(server: Server, say: Say = print, timing: Timing | None = None) -> list[str]:
    """Remove the folders of releases that no flow, no living execution and no rollback to the one before needs.

    Returns:
        The versions removed.

    Raises:
        LockError: a deploy is under way.
        ServerError: the server refused a call or cannot be reached.
    """
    with lock.held(server, f"removal of releases by {history.who()}", timing or Timing()) as held:
        unused = [release for release in find(server) if not release.is_needed]
        for release in unused:
            held.check()
            # First, so that what an interruption leaves behind is not taken for a release.
            if release.complete:
                server.delete_file(NAMESPACE, f"/{release.version}/{MANIFEST}")
            server.delete_file(NAMESPACE, f"/{release.version}")
            say(f"removed {release.version}")
    return [release.version for release in unused]


def table(found: list[Listed]) -> str:
    """The list for people."""
    lines = [("release", "deployed (UTC)", "", "flows", "running", "kB")]
    for item in found:
        role = item.role if item.complete else f"{item.role} incomplete".strip()
        at = (item.at or "unknown").replace("+00:00", "")
        lines.append((item.version, at, role, str(item.flows), str(item.running), f"{item.size / 1000:.0f}"))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(_row(line, widths) for line in lines)


def _row(line: tuple[str, ...], widths: list[int]) -> str:
    left = [text.ljust(width) for text, width in zip(line[:3], widths[:3], strict=True)]
    right = [text.rjust(width) for text, width in zip(line[3:], widths[3:], strict=True)]
    return "  ".join(left + right).rstrip()


def _running(server: Server) -> Counter[str | None]:
    found: Counter[str | None] = Counter()
    for revision, count in executions.living(server).items():
        found[server.release_of(*revision)] += count
    return found


def _listed(server: Server, version: str, known: History, flows: int, running: int) -> Listed:
    last = known.last_of(version)
    files = list(server.stored_below(NAMESPACE, f"/{version}"))
    return Listed(
        version=version,
        at=last.at if last else None,
        complete=any(file.path == MANIFEST for file in files),
        role=known.role(version),
        flows=flows,
        running=running,
        size=sum(file.size for file in files),
    )
