"""Deploys to the local engine: what is written, what is refused, in which order, and what the command says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from deploykit import PLATFORM, TALK, bare_engine, files_of, filled, flows_of

from tools.deploy.history import History
from tools.deploy.options import DeployError
from tools.deploy.server import Server, ServerError

pytestmark = pytest.mark.engine
ROOT = Path(__file__).resolve().parents[2]
FAILING = PLATFORM.replace("core.log.Log, message", "core.execution.Fail, errorMessage")


def revisions(server, version, path):
    return len(server.client.files.file_revisions("opsflows", "main", f"/{version}/{path}"))


def test_a_first_deploy_creates_and_a_second_writes_nothing(project, server):
    project.at("1.0.1")  # which no other test writes: files keep their revisions when they are deleted
    assert project.deploy(server) == [
        "1 flows valid",
        "files of 1.0.1: 2 written, 0 deleted",
        "created opsflows.demo.talk",
        "flows: 1 created",
    ]
    history = History.read(server).entries
    assert [(entry.release, entry.kind, entry.state, entry.previous) for entry in history] == [
        ("1.0.1", "deploy", "done", None)
    ]
    revision = server.client.flows.flow("opsflows.demo", "talk", "main").revision
    assert project.deploy(server) == ["1 flows valid", "files of 1.0.1: unchanged", "flows: 1 unchanged"]
    stored = ["flows/demo/talk.yaml", "manifest.json", "scripts/say.sh"]
    assert files_of(server, "1.0.1") == stored
    assert [revisions(server, "1.0.1", path) for path in stored] == [1, 1, 1]
    assert server.client.flows.flow("opsflows.demo", "talk", "main").revision == revision
    assert History.read(server).entries == history


def test_a_development_version_is_rewritten_where_it_changed(project, server):
    project.at("1.1.0.dev0").write("scripts/old.sh", "")
    project.deploy(server)
    project.write("scripts/say.sh", "echo second\n")
    project.write("scripts/new.sh", "")
    project.remove("scripts/old.sh")
    assert "files of 1.1.0.dev0: 2 written, 1 deleted" in project.deploy(server)
    assert files_of(server, "1.1.0.dev0") == [
        "flows/demo/talk.yaml",
        "manifest.json",
        "scripts/new.sh",
        "scripts/say.sh",
    ]
    assert server.read_file("opsflows", "/1.1.0.dev0/scripts/say.sh") == b"echo second\n"


def test_a_changed_flow_is_updated_on_the_server_and_among_the_files(project, server):
    project.at("1.1.0.dev0").deploy(server)
    project.flow("demo", "talk", TALK + "description: changed\n")
    assert "updated opsflows.demo.talk" in project.deploy(server)
    assert "description: changed" in server.source("opsflows.demo", "talk")
    assert b"description: changed" in server.read_file("opsflows", "/1.1.0.dev0/flows/demo/talk.yaml")


@pytest.mark.parametrize("changed", ["scripts/say.sh", "flows/demo/talk.yaml", "scripts/added.sh"])
def test_a_released_version_is_never_overwritten(project, server, changed):
    project.deploy(server)
    before = {path: server.read_file("opsflows", f"/1.0.0/{path}") for path in files_of(server, "1.0.0")}
    known = (project.root / changed).read_text() if (project.root / changed).exists() else ""
    project.write(changed, known + "# changed\n")
    with pytest.raises(DeployError, match=rf"a release never changes \(other: {changed}\)"):
        project.deploy(server)
    assert {path: server.read_file("opsflows", f"/1.0.0/{path}") for path in files_of(server, "1.0.0")} == before
    assert "# changed" not in server.source("opsflows.demo", "talk")
    assert len(History.read(server).entries) == 1


def test_an_invalid_flow_stops_the_deploy_before_anything_is_written(project, server):
    project.flow("demo", "bad", TALK.replace("core.flow.Pause", "core.flow.NoSuchTask"))
    with pytest.raises(DeployError, match=r"nothing was changed:\n  opsflows.demo.bad: .*NoSuchTask"):
        project.deploy(server)
    assert server.folders("opsflows") == []
    assert server.flows() == []


def test_migrations_run_before_the_other_flows_and_the_smoke_after_all(project, server):
    project.flow("platform", "schema_migrate").flow("platform", "deploy_smoke")
    order = [line.split(" ")[0] for line in project.deploy(server, migrate=True, smoke=True)[2:]]
    assert order == ["migrations:", "created", "created", "flows:", "smoke:"]
    assert flows_of(server) == {
        "opsflows.demo.talk": "1.0.0",
        "opsflows.platform.deploy_smoke": "1.0.0",
        "opsflows.platform.schema_migrate": "1.0.0",
    }


def test_a_failed_migration_leaves_the_other_flows_and_says_how_to_go_back(project, server):
    project.flow("platform", "schema_migrate").deploy(server, migrate=True)
    project.at("2.0.0").flow("platform", "schema_migrate", FAILING)
    with pytest.raises(
        DeployError, match=r"(?s)schema_migrate ended FAILED .*of 2.0.0.*make rollback ENV=stg TO=1.0.0"
    ):
        project.deploy(server, migrate=True, environment="stg")
    assert flows_of(server) == {"opsflows.demo.talk": "1.0.0", "opsflows.platform.schema_migrate": "2.0.0"}
    assert [entry.state for entry in History.read(server).entries] == ["done", "failed"]


def test_a_failed_smoke_says_why_and_how_to_go_back(project, server):
    project.flow("platform", "deploy_smoke").deploy(server, smoke=True)
    project.at("2.0.0").flow("platform", "deploy_smoke", FAILING)
    with pytest.raises(DeployError, match=r"(?s)deploy_smoke ended FAILED .*deploy_smoke of 2.0.0.*TO=1.0.0"):
        project.deploy(server, smoke=True)
    history = History.read(server)
    assert (history.current.release, history.unfinished.release) == ("1.0.0", "2.0.0")


def test_a_smoke_that_does_not_end_in_time_is_told(project, server):
    project.flow(
        "platform", "deploy_smoke", PLATFORM.replace("core.log.Log, message: ", "core.flow.Pause, description: ")
    )
    with pytest.raises(DeployError, match=r"has not ended after 1 s \(execution \w+ is PAUSED and goes on\)"):
        project.deploy(server, smoke=True, smoke_within_s=1)


@pytest.mark.parametrize(("wanted", "flow"), [("migrate", "schema_migrate"), ("smoke", "deploy_smoke")])
def test_a_release_without_the_flow_that_is_to_run_is_refused_at_once(project, server, wanted, flow):
    with pytest.raises(DeployError, match=f"no flow opsflows.platform.{flow}; nothing was changed.* --no-{wanted}"):
        project.deploy(server, **{wanted: True})
    assert server.folders("opsflows") == []


STRANGERS = ("company.sales", "opsflowsx", "opsflowsx.demo")


def test_pruning_deletes_our_flows_only_and_only_when_asked_for(project, server):
    for namespace in STRANGERS:
        server.put_flow(namespace, "theirs", filled(PLATFORM, "theirs", "9.0.0", namespace))
    project.flow("old", "first").flow("old", "second").deploy(server)
    for name in ("first", "second"):
        project.remove(f"flows/old/{name}.yaml")
    project.at("2.0.0")
    kept = project.deploy(server)
    assert "left over, not in 2.0.0: opsflows.old.first, opsflows.old.second. Delete with --prune" in kept[-1]
    assert set(flows_of(server)) == {"opsflows.demo.talk", "opsflows.old.first", "opsflows.old.second"}
    assert {"deleted opsflows.old.first", "deleted opsflows.old.second"} < set(project.deploy(server, prune=True))
    assert set(flows_of(server)) == {"opsflows.demo.talk"}
    for namespace in STRANGERS:
        assert server.source(namespace, "theirs") is not None
    assert server.source("opsflows.platform", "deploy_lock") is not None


class Refusing(Server):
    """A server that refuses one flow."""

    def put_flow(self, namespace, flow_id, source):
        if flow_id == "refused":
            raise ServerError("Could not deploy: no")
        return super().put_flow(namespace, flow_id, source)


def test_a_flow_that_is_refused_is_named_and_the_others_are_put(project, server):
    project.flow("demo", "refused").flow("demo", "zebra")
    with pytest.raises(DeployError, match=r"(?s)Not deployed; .*opsflows.demo.refused: Could not deploy: no"):
        project.deploy(Refusing(server.target))
    assert set(flows_of(server)) == {"opsflows.demo.talk", "opsflows.demo.zebra"}
    assert History.read(server).unfinished.state == "failed"


def command(*arguments, url="", username="", password=""):
    """`python -m tools.deploy` against a server."""
    given = {"OPSFLOWS_KESTRA_URL": url, "OPSFLOWS_KESTRA_USERNAME": username, "OPSFLOWS_KESTRA_PASSWORD": password}
    env = os.environ | given | {"PYTHONPATH": f"{ROOT / 'scripts'}{os.pathsep}{ROOT}"}
    run_ = [sys.executable, "-m", "tools.deploy", *arguments]
    return subprocess.run(run_, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def on(target, *arguments):
    return command(*arguments, url=target.url, username=target.username, password=target.password)


@pytest.fixture
def own_server():
    """An engine of its own: the schedules of this checkout's flows begin to run on it."""
    with bare_engine() as target:
        yield Server(target)


@pytest.mark.slow
def test_the_commands_deploy_this_checkout_and_list_and_go_back(own_server):
    plan = on(own_server.target, "--env", "dev", "--plan")
    assert (plan.returncode, plan.stderr) == (0, "")
    assert "create    opsflows.tickets.whatsapp_ticket_process" in plan.stdout
    assert own_server.flows() == []
    done = on(own_server.target, "--env", "dev", "--no-migrate", "--no-smoke")
    assert (done.returncode, done.stderr) == (0, "")
    assert "created opsflows.tickets.whatsapp_ticket_process" in done.stdout
    version = History.read(own_server).current.release
    files = files_of(own_server, version)
    assert "namespace_files/config/settings.json" in files
    assert not [path for path in files if path.endswith("prod.yaml")]
    listed = on(own_server.target, "releases")
    assert (listed.returncode, f"{version}  " in listed.stdout, "current" in listed.stdout) == (0, True, True)
    back = on(own_server.target, "rollback")
    assert (back.returncode, back.stdout) == (1, "")
    assert "no release before the current one" in back.stderr


def test_wrong_credentials_are_told_without_the_password(server):
    done = command(url=server.target.url, username=server.target.username, password="not-the-password")
    assert (done.returncode, done.stdout) == (1, "")
    assert "OPSFLOWS_KESTRA_USERNAME" in done.stderr
    assert "Traceback" not in done.stderr
    assert "not-the-password" not in done.stderr


def test_a_server_that_is_not_there_is_told():
    done = command("--no-smoke", url="http://127.0.0.1:1", username="a@b.example", password="Abcdefgh1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "http://127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_setting_and_an_unknown_environment_are_named():
    missing = command()
    assert (missing.returncode, "OPSFLOWS_KESTRA_URL" in missing.stderr) == (2, True)
    unknown = command("--env", "moon")
    assert (unknown.returncode, "no environment 'moon'" in unknown.stderr) == (2, True)
