"""What tests of deploys do again and again: make a small project, deploy it, run its flows, look at the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any

import requests
from flowkit import ended, wait_for

from local import engine
from tools.deploy import executions, lock, release, run
from tools.deploy.lock import Timing
from tools.deploy.options import Options
from tools.deploy.release import Release
from tools.deploy.rollback import rollback
from tools.deploy.server import NAMESPACE, Server, Target

# Who died is noticed at once; nobody else deploys for long.
QUICK = Timing(wait_s=10, beat_s=0.2, stale_s=1.0)
PLATFORM = """\
id: $name
namespace: opsflows.platform
variables:
  release: $version
tasks:
  - {id: work, type: io.kestra.plugin.core.log.Log, message: "$name of $version"}
"""
# Reads its release's file, waits for a person, reads another one: a deploy can happen in between.
TALK = """\
id: $name
namespace: opsflows.demo
variables:
  release: $version
tasks:
  - id: before
    type: io.kestra.plugin.scripts.python.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    namespaceFiles: {namespaces: [opsflows], include: ["/{{ vars.release }}/scripts/**"]}
    env: {OPSFLOWS_RELEASE: "{{ vars.release }}"}
    commands: [sh "$OPSFLOWS_RELEASE/scripts/say.sh"]
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
  - id: after
    type: io.kestra.plugin.scripts.python.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    namespaceFiles: {namespaces: [opsflows], include: ["/{{ vars.release }}/scripts/**"]}
    env: {OPSFLOWS_RELEASE: "{{ vars.release }}"}
    commands: [sh "$OPSFLOWS_RELEASE/scripts/say.sh"]
outputs:
  - {id: said, type: STRING, value: "{{ outputs.before.vars.said }} {{ outputs.after.vars.said }}"}
"""
SAY = """echo '::{{"outputs": {{"said": "{}"}}}}::'\n"""


class Project:
    """A small checkout in a folder of its own."""

    def __init__(self, root: Path, version: str = "1.0.0") -> None:
        self.root = root
        self.write("scripts/say.sh", "")
        self.at(version)

    def at(self, version: str) -> "Project":
        """Make it another version: its script says the version, its flows name it."""
        self.version = version
        self.write("pyproject.toml", f'[project]\nversion = "{version}"\n')
        self.write("scripts/say.sh", SAY.format(version))
        for path in self.root.glob("flows/*/*.yaml"):
            self.flow(path.parent.name, path.stem, path.with_suffix(".template").read_text())
        return self

    def flow(self, domain: str, name: str, template: str = PLATFORM) -> "Project":
        """Add or change a flow; the template names `$name` and `$version`."""
        self.write(f"flows/{domain}/{name}.template", template)
        self.write(f"flows/{domain}/{name}.yaml", filled(template, name, self.version, f"opsflows.{domain}"))
        return self

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def load(self) -> Release:
        return release.load(self.root)

    def deploy(self, server: Server, **options: Any) -> list[str]:
        """Deploy without migrating and smoke unless asked for; returns what was said."""
        said: list[str] = []
        run.deploy(self.load(), server, quick(**options), said.append)
        return said


def filled(template: str, name: str, version: str, namespace: str) -> str:
    text = Template(template).safe_substitute(name=name, version=version)
    return text.replace("opsflows.platform", namespace)


def quick(**options: Any) -> Options:
    return Options(**{"migrate": False, "smoke": False, "lock": QUICK, **options})


def go_back(server: Server, to: str | None = None, **options: Any) -> list[str]:
    """Roll back; returns what was said."""
    said: list[str] = []
    rollback(server, to, quick(**options), said.append)
    return said


@contextmanager
def bare_engine() -> Iterator[Target]:
    """An engine with nothing on it."""
    running = engine.start(engine.EngineConfig())
    try:
        yield Target(running.url, running.config.username, running.config.password)
    finally:
        running.stop()


def clean(server: Server) -> None:
    """Take everything of ours off a server, so that a test begins with an empty one."""
    # A flow with a schedule makes new executions meanwhile, so they are ended until there are none.
    wait_for(lambda: not _killed(server), "all executions to end")
    for flow in server.flows():
        server.delete_flow(flow.namespace, flow.id)
    for folder in server.folders(NAMESPACE):
        server.delete_file(NAMESPACE, f"/{folder}")
    for key in ("deploy.history", lock.KEY):
        if server.read_value(key) is not None:
            server.delete_value(key)


def _killed(server: Server) -> bool:
    """Whether there were executions to end."""
    living = executions.living(server)
    for revision in living:
        for item in executions.living_of(server, revision.namespace, revision.flow_id):
            executions.end(server, item["id"], "kill")
    return bool(living)


def flows_of(server: Server) -> dict[str, str | None]:
    """The release of every flow of ours but the lock's."""
    return {flow.name: flow.release for flow in server.flows() if flow.id != lock.FLOW_ID}


def files_of(server: Server, version: str) -> list[str]:
    return sorted(server.files_below(NAMESPACE, f"/{version}"))


def api(target: Target, method: str, route: str, **params: Any) -> Any:
    url = f"{target.url}/api/v1/main/{route}"
    answer = requests.request(method, url, params=params, auth=(target.username, target.password), timeout=30)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def started(target: Target, flow: str, until: str = "PAUSED") -> str:
    """A new execution of a flow of `opsflows.demo`, once it has reached a state."""
    execution = str(api(target, "POST", f"executions/opsflows.demo/{flow}")["id"])
    wait_for(lambda: api(target, "GET", f"executions/{execution}")["state"]["current"] == until, f"{flow} {until}")
    return execution


def resumed(target: Target, execution: str) -> dict[str, Any]:
    """A paused execution, after it went on to its end."""
    api(target, "POST", f"executions/{execution}/actions/resume")
    return finished(target, execution)


def finished(target: Target, execution: str) -> dict[str, Any]:
    return wait_for(lambda: ended(api(target, "GET", f"executions/{execution}")), f"{execution} to end")


def said(target: Target, execution: str) -> str:
    """The output `said` of an execution that ended."""
    return str(api(target, "GET", f"outputs/executions/{execution}")["said"])
