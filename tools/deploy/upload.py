"""The release's folder on the server: what differs from it, and how it gets there."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.deploy.release import FILE_FOLDERS, FLOW_FOLDER, MANIFEST, Release
from tools.deploy.server import NAMESPACE, Server

SHOWN = 5


@dataclass(frozen=True)
class Changes:
    """What an upload does, by path below the release's folder."""

    written: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    manifest_there: bool = False  # False: nothing of the release is there, or an upload was interrupted

    @property
    def is_none(self) -> bool:
        """Whether the server has exactly this release."""
        return self.manifest_there and not self.written and not self.deleted


def changes(release: Release, server: Server) -> Changes:
    """Compare a release with what the server has of it, by the manifest."""
    known = server.read_file(NAMESPACE, f"/{release.version}/{MANIFEST}")
    before = json.loads(known) if known else {}
    after = json.loads(release.manifest())
    there = before if known else server.files_below(NAMESPACE, f"/{release.version}")
    ours = (*FILE_FOLDERS, FLOW_FOLDER)
    return Changes(
        written=[path for path in after if before.get(path) != after[path]],
        deleted=[path for path in there if path not in after and path.split("/")[0] in ours],
        unchanged=[path for path in after if before.get(path) == after[path]],
        manifest_there=known is not None,
    )


def refusal(release: Release, found: Changes) -> str | None:
    """Why these changes may not be made, or None: a release never changes once it is complete on a server."""
    if release.is_development or not found.manifest_there or found.is_none:
        return None
    different = [*found.written, *found.deleted]
    more = f" and {len(different) - SHOWN} more" if len(different) > SHOWN else ""
    return (
        f"Release {release.version} is on the server with other content; a release never changes "
        f"(other: {', '.join(different[:SHOWN])}{more}). Make a new version: make release VERSION=x.y.z"
    )


def apply(release: Release, server: Server, found: Changes, check: Callable[[], None]) -> None:
    """Write what differs. The manifest goes first and comes back last: an interrupted upload starts afresh."""
    if found.is_none:
        return
    folder, contents = f"/{release.version}", release.contents
    if found.manifest_there:
        check()
        server.delete_file(NAMESPACE, f"{folder}/{MANIFEST}")
    for path in found.written:
        check()
        server.write_file(NAMESPACE, f"{folder}/{path}", contents[path])
    for path in found.deleted:
        check()
        server.delete_file(NAMESPACE, f"{folder}/{path}")
    check()
    server.write_file(NAMESPACE, f"{folder}/{MANIFEST}", release.manifest())


def summary(found: Changes) -> str:
    """One line for people."""
    return "unchanged" if found.is_none else f"{len(found.written)} written, {len(found.deleted)} deleted"
