"""One deploy, step by step: nothing is changed on the server before every flow was found valid there."""

import json
from collections import Counter
from collections.abc import Callable

from tools.deploy.release import FILE_FOLDERS, MANIFEST, Release
from tools.deploy.server import Server, ServerError

NAMESPACE = "opsflows"
Say = Callable[[str], None]


class DeployError(Exception):
    """The deploy stopped; the message says at what, and what is untouched."""


def deploy(release: Release, server: Server, say: Say = print) -> None:
    """Validate, upload, then create or update.

    Raises:
        DeployError: a flow is invalid, the release exists with other content, or the server refused a call.
    """
    _validate(release, server)
    say(f"{len(release.flows)} flows valid")
    say(f"files of {release.version}: {_upload(release, server)}")
    failed = _put_flows(release, server, say)
    if failed:
        raise DeployError("Not deployed:\n" + "\n".join(failed))


def _validate(release: Release, server: Server) -> None:
    found = {flow.path.name: server.violations(flow.source) for flow in release.flows}
    wrong = [f"  {name}: {violation}" for name, violation in found.items() if violation]
    if wrong:
        raise DeployError("Invalid flows; nothing was changed:\n" + "\n".join(wrong))


def _upload(release: Release, server: Server) -> str:
    """Write what differs. The manifest goes first and comes back last: an interrupted upload starts afresh."""
    manifest_path = f"/{release.version}/{MANIFEST}"
    known = server.read_file(NAMESPACE, manifest_path)
    wanted = release.manifest()
    if known == wanted:
        return "unchanged"
    if known is not None and not release.is_development:
        raise DeployError(
            f"Release {release.version} is on the server with other content; a release never changes. "
            "Make a new version: make release VERSION=x.y.z"
        )
    before, after = json.loads(known or b"{}"), json.loads(wanted)
    there = before if known else server.files_below(NAMESPACE, f"/{release.version}")
    changed = [path for path in release.files if before.get(path) != after[path]]
    gone = [path for path in there if path not in after and path.startswith(FILE_FOLDERS)]
    if known is not None:
        server.delete_file(NAMESPACE, manifest_path)
    for path in changed:
        server.write_file(NAMESPACE, f"/{release.version}/{path}", release.files[path])
    for path in gone:
        server.delete_file(NAMESPACE, f"/{release.version}/{path}")
    server.write_file(NAMESPACE, manifest_path, wanted)
    return f"{len(changed)} written, {len(gone)} deleted"


def _put_flows(release: Release, server: Server, say: Say) -> list[str]:
    done: Counter[str] = Counter()
    failed = []
    for flow in release.flows:
        try:
            what = server.put_flow(flow.namespace, flow.id, flow.source)
        except ServerError as error:
            failed.append(f"  {flow.namespace}.{flow.id}: {error}")
            continue
        done[what] += 1
        if what != "unchanged":
            say(f"{what} {flow.namespace}.{flow.id}")
    say("flows: " + (", ".join(f"{count} {what}" for what, count in done.items()) or "none"))
    return failed
