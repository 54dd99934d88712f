"""Deploys to the local engine: what is written, what is refused, and which code an execution runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from flowkit import ended, wait_for

from local import engine
from tools.deploy import release, run
from tools.deploy.server import Server, ServerError, Target

pytestmark = pytest.mark.engine
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = 'print(\'::{{"outputs": {{"said": "{}"}}}}::\')\n'
FLOW = """\
id: {name}
namespace: opsflows.demo
variables:
  release: {version}
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
  - id: say
    type: io.kestra.plugin.scripts.python.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    namespaceFiles: {{namespaces: [opsflows], include: ["/{{{{ vars.release }}}}/scripts/**"]}}
    env: {{OPSFLOWS_RELEASE: "{{{{ vars.release }}}}"}}
    commands: ["python $OPSFLOWS_RELEASE/scripts/say.py"]
outputs:
  - {{id: said, type: STRING, value: "{{{{ outputs.say.vars.said }}}}"}}
"""


@pytest.fixture(scope="module")
def target():
    running = engine.start(engine.EngineConfig())
    yield Target(running.url, running.config.username, running.config.password)
    running.stop()


@pytest.fixture
def server(target):
    return Server(target)


class Checkout:
    """A small project in a folder of its own."""

    def __init__(self, root, name, version):
        self.root, self.name = root, name
        self.at(version)
        self.write("scripts/say.py", SCRIPT.format("first"))
        self.write("scripts/other.py", "")

    def at(self, version):
        self.version = version
        self.write("pyproject.toml", f'[project]\nversion = "{version}"\n')
        self.write(f"flows/demo/{self.name}.yaml", FLOW.format(name=self.name, version=version))

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def deploy(self, server):
        """Deploy; returns what was said."""
        said = []
        run.deploy(release.load(self.root), server, said.append)
        return said

    def files(self, server):
        return sorted(server.files_below("opsflows", f"/{self.version}"))

    def revisions(self, server, path):
        return len(server._client.files.file_revisions("opsflows", "main", f"/{self.version}/{path}"))


@pytest.fixture
def checkout(tmp_path, request):
    """A project whose flow and version no other test has."""
    number = sum(map(ord, request.node.name)) * 1000 + len(request.node.name)
    return Checkout(tmp_path, f"flow_{number}", f"0.{number}.0.dev0")


def test_a_first_deploy_creates_and_a_second_writes_nothing(checkout, server):
    assert checkout.deploy(server) == [
        "1 flows valid",
        f"files of {checkout.version}: 2 written, 0 deleted",
        f"created opsflows.demo.{checkout.name}",
        "flows: 1 created",
    ]
    again = ["1 flows valid", f"files of {checkout.version}: unchanged", "flows: 1 unchanged"]
    assert checkout.deploy(server) == again
    assert checkout.files(server) == ["manifest.json", "scripts/other.py", "scripts/say.py"]
    assert [checkout.revisions(server, path) for path in checkout.files(server)] == [1, 1, 1]
    assert server._client.flows.flow("opsflows.demo", checkout.name, "main").revision == 1


def test_a_development_version_is_rewritten_where_it_changed(checkout, server):
    checkout.deploy(server)
    checkout.write("scripts/say.py", SCRIPT.format("second"))
    checkout.write("scripts/new.py", "")
    (checkout.root / "scripts/other.py").unlink()
    assert f"files of {checkout.version}: 2 written, 1 deleted" in checkout.deploy(server)
    assert checkout.files(server) == ["manifest.json", "scripts/new.py", "scripts/say.py"]
    assert b"second" in server.read_file("opsflows", f"/{checkout.version}/scripts/say.py")


def test_a_changed_flow_is_updated(checkout, server):
    checkout.deploy(server)
    flow = checkout.root / f"flows/demo/{checkout.name}.yaml"
    flow.write_text(flow.read_text() + "description: changed\n")
    assert f"updated opsflows.demo.{checkout.name}" in checkout.deploy(server)
    assert "description: changed" in server._flow_source("opsflows.demo", checkout.name)


@pytest.mark.parametrize("changed", ["scripts/say.py", "flows/demo/{}.yaml", "scripts/added.py"])
def test_a_released_version_is_never_overwritten(checkout, server, changed):
    checkout.at(checkout.version.removesuffix(".dev0"))
    checkout.deploy(server)
    before = [server.read_file("opsflows", f"/{checkout.version}/{path}") for path in checkout.files(server)]
    path = changed.format(checkout.name)
    known = (checkout.root / path).read_text() if (checkout.root / path).exists() else ""
    checkout.write(path, known + "# changed\n")
    with pytest.raises(run.DeployError, match="a release never changes"):
        checkout.deploy(server)
    assert [server.read_file("opsflows", f"/{checkout.version}/{path}") for path in checkout.files(server)] == before
    assert "# changed" not in server._flow_source("opsflows.demo", checkout.name)


class CutOff(Server):
    """A server that is lost before the second file."""

    def write_file(self, namespace, path, content):
        if "say.py" in path:
            raise ServerError("connection lost")
        super().write_file(namespace, path, content)


@pytest.mark.parametrize("suffix", ["", ".dev0"])
def test_an_interrupted_upload_is_finished_by_the_next_deploy(checkout, server, target, suffix):
    checkout.at(checkout.version.removesuffix(".dev0") + suffix)
    with pytest.raises(ServerError, match="connection lost"):
        checkout.deploy(CutOff(target))
    assert checkout.files(server) == ["scripts/other.py"]
    assert server._flow_source("opsflows.demo", checkout.name) is None
    checkout.write("scripts/say.py", SCRIPT.format("second"))
    (checkout.root / "scripts/other.py").unlink()
    assert f"files of {checkout.version}: 1 written, 1 deleted" in checkout.deploy(server)
    assert checkout.files(server) == ["manifest.json", "scripts/say.py"]
    assert checkout.deploy(server)[-1] == "flows: 1 unchanged"


def test_an_invalid_flow_stops_the_deploy_before_anything_is_written(checkout, server):
    broken = FLOW.format(name="bad", version=checkout.version).replace("core.flow.Pause", "core.flow.NoSuchTask")
    checkout.write("flows/demo/bad.yaml", broken)
    with pytest.raises(run.DeployError, match=r"nothing was changed:\n  bad.yaml: .*NoSuchTask"):
        checkout.deploy(server)
    assert checkout.files(server) == []
    assert server._flow_source("opsflows.demo", checkout.name) is None


def api(target, method, route):
    url = f"{target.url}/api/v1/main/{route}"
    answer = requests.request(method, url, auth=(target.username, target.password), timeout=30)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def started(target, name):
    """An execution that waits before its script."""
    execution = api(target, "POST", f"executions/opsflows.demo/{name}")["id"]
    wait_for(lambda: api(target, "GET", f"executions/{execution}")["state"]["current"] == "PAUSED", "the pause")
    return execution


def said(target, execution):
    """What the script of a waiting execution says when it goes on."""
    api(target, "POST", f"executions/{execution}/actions/resume")
    wait_for(lambda: ended(api(target, "GET", f"executions/{execution}")), f"{execution} to end")
    return api(target, "GET", f"outputs/executions/{execution}")["said"]


def test_an_execution_finishes_on_the_release_that_it_started_with(checkout, server, target):
    checkout.at("0.0.1")
    checkout.deploy(server)
    early = started(target, checkout.name)
    checkout.at("0.0.2")
    checkout.write("scripts/say.py", SCRIPT.format("second"))
    checkout.deploy(server)
    late = started(target, checkout.name)
    assert (said(target, early), said(target, late)) == ("first", "second")
    checkout.at("0.0.1")
    checkout.write("scripts/say.py", SCRIPT.format("first"))
    assert f"updated opsflows.demo.{checkout.name}" in checkout.deploy(server)
    assert said(target, started(target, checkout.name)) == "first"


def command(url, username="", password=""):
    """`python -m tools.deploy` against a server."""
    given = {"OPSFLOWS_KESTRA_URL": url, "OPSFLOWS_KESTRA_USERNAME": username, "OPSFLOWS_KESTRA_PASSWORD": password}
    env = os.environ | given | {"PYTHONPATH": f"{ROOT / 'scripts'}{os.pathsep}{ROOT}"}
    run_ = [sys.executable, "-m", "tools.deploy"]
    return subprocess.run(run_, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_command_deploys_this_checkout(target):
    done = command(target.url, target.username, target.password)
    assert (done.returncode, done.stderr) == (0, "")
    assert "created opsflows.tickets.whatsapp_ticket_process" in done.stdout


def test_wrong_credentials_are_told_without_the_password(target):
    done = command(target.url, target.username, "not-the-password")
    assert (done.returncode, done.stdout) == (1, "")
    assert "OPSFLOWS_KESTRA_USERNAME" in done.stderr
    assert "Traceback" not in done.stderr
    assert "not-the-password" not in done.stderr


def test_a_server_that_is_not_there_is_told(target):
    done = command("http://127.0.0.1:1", target.username, target.password)
    assert (done.returncode, done.stdout) == (1, "")
    assert "http://127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_setting_is_named():
    done = command("")
    assert done.returncode == 2
    assert "OPSFLOWS_KESTRA_URL" in done.stderr
