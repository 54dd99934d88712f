"""What a deploy would do, for people to read before it is done; nothing on the server changes."""

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from kit import redaction
from tools.deploy import order, run, steps, upload
from tools.deploy.history import History
from tools.deploy.options import Options
from tools.deploy.release import Flow, Release
from tools.deploy.server import Deployed, Server
from tools.deploy.upload import Changes

CREATE, UPDATE, UNCHANGED = "create", "update", "unchanged"
FOLDER_DEPTH = 2


@dataclass(frozen=True)
class FlowPlan:
    """What happens to one flow of the release, and what is wrong with it."""

    flow: Flow
    what: str
    known: str | None
    violation: str | None


@dataclass(frozen=True)
class Plan:
    """All that a deploy would do."""

    release: Release
    flows: list[FlowPlan]
    left_over: list[Deployed]
    files: Changes
    options: Options
    history: History

    @property
    def refusals(self) -> list[str]:
        """Why the deploy would stop before it changes anything; empty when it would not."""
        invalid = [f"invalid flow {plan.flow.name}: {plan.violation}" for plan in self.flows if plan.violation]
        other = upload.refusal(self.release, self.files)
        return [*invalid, *([other] if other else [])]


def make(release: Release, server: Server, options: Options) -> Plan:
    """Compare a release with a server.

    Raises:
        ServerError: the server refused a call or cannot be reached.
    """
    flows = order.callees_first(release.flows, lambda flow: flow.name, lambda flow: flow.source)
    violations = steps.violations(flows, server)
    plans = [_flow(flow, server.source(flow.namespace, flow.id), violations.get(flow.name)) for flow in flows]
    left_over = run.left_over(release, server)
    return Plan(release, plans, left_over, upload.changes(release, server), options, History.read(server))


def _flow(flow: Flow, known: str | None, violation: str | None) -> FlowPlan:
    same = known is not None and known.strip() == flow.source.strip()
    return FlowPlan(flow, CREATE if known is None else UNCHANGED if same else UPDATE, known, violation)


def render(plan: Plan) -> str:
    """The plan as text, with no secret in it: `hidden.register` must have been called."""
    parts = [_head(plan), _files(plan), _flows(plan), *_diffs(plan), *_then(plan), *map(_refusal, plan.refusals)]
    return redaction.mask_secrets("\n".join(part for part in parts if part))


def _head(plan: Plan) -> str:
    current, unfinished = plan.history.current, plan.history.unfinished
    lines = [f"Plan for {plan.release.version}; now: {current.release if current else 'nothing'}"]
    if unfinished:
        lines.append(
            f"The last {unfinished.kind} (of {unfinished.release}, {unfinished.at}, {unfinished.by}) did not end well."
        )
    return "\n".join(lines)


def _files(plan: Plan) -> str:
    counts = {what: Counter(map(_folder, getattr(plan.files, what))) for what in ("written", "deleted", "unchanged")}
    folders = sorted(set().union(*counts.values()))
    lines = [
        f"  {folder}: " + ", ".join(f"{n[folder]} {what}" for what, n in counts.items() if n[folder])
        for folder in folders
    ]
    total = ", ".join(f"{sum(n.values())} {what}" for what, n in counts.items())
    return "\n".join([f"Files: {total}", *lines])


def _folder(path: str) -> str:
    return "/".join(PurePosixPath(path).parts[:-1][:FOLDER_DEPTH]) or "."


def _flows(plan: Plan) -> str:
    lines = [f"  {item.what:<9} {item.flow.name}" for item in plan.flows if item.what != UNCHANGED]
    if plan.options.prune:
        lines += [f"  {'delete':<9} {flow.name}" for flow in plan.left_over]
    else:
        lines += [f"  {'left over':<9} {flow.name} (--prune deletes it)" for flow in plan.left_over]
    counts = Counter(item.what for item in plan.flows)
    gone = f"{len(plan.left_over)} {'delete' if plan.options.prune else 'left over'}"
    total = ", ".join(
        [*(f"{counts[what]} {what}" for what in (CREATE, UPDATE)), gone, f"{counts[UNCHANGED]} unchanged"]
    )
    return "\n".join([f"Flows: {total}", *lines])


def _diffs(plan: Plan) -> Iterator[str]:
    for item in plan.flows:
        if item.what == UPDATE and item.known is not None:
            yield _diff(item.flow, item.known)


def _diff(flow: Flow, known: str) -> str:
    # Hidden before the comparison, because a secret on several lines is no longer one in a diff.
    before, after = (redaction.mask_secrets(text).strip().splitlines() for text in (known, flow.source))
    lines = list(difflib.unified_diff(before, after, f"server/{flow.name}", flow.stored_as, lineterm=""))
    return "\n".join(["", *lines]) if lines else f"\n{flow.name} differs only in what is hidden here as secret"


def _then(plan: Plan) -> list[str]:
    wanted = [("schema_migrate", plan.options.migrate), ("deploy_smoke", plan.options.smoke)]
    names = " and ".join(name for name, is_wanted in wanted if is_wanted)
    return [f"\nThe deploy also runs {names}." if names else ""]


def _refusal(text: str) -> str:
    return f"\nREFUSED: {text}"
