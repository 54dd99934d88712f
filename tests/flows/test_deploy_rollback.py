"""Rollbacks: what they return to, what they delete, what they refuse."""

import shutil

import pytest
from deploykit import PLATFORM, files_of, filled, flows_of, go_back

from tools.deploy.history import History
from tools.deploy.options import DeployError
from tools.deploy.server import Server, ServerError

pytestmark = pytest.mark.engine
FAILING = PLATFORM.replace("core.log.Log, message", "core.execution.Fail, errorMessage")


def current(server):
    return History.read(server).current.release


def test_a_rollback_needs_no_checkout_and_takes_back_what_the_newer_release_brought(project, server):
    project.flow("old", "forgotten").deploy(server)
    project.remove("flows/old/forgotten.yaml")
    project.at("2.0.0").deploy(server)
    project.at("3.0.0").flow("demo", "brought").deploy(server)
    server.put_flow("opsflows.demo", "by_hand", filled(PLATFORM, "by_hand", "7.0.0", "opsflows.demo"))
    shutil.rmtree(project.root)
    assert go_back(server) == [
        "back to 2.0.0",
        "updated opsflows.demo.talk",
        "flows: 1 updated",
        "deleted opsflows.demo.brought",
    ]
    assert flows_of(server) == {
        "opsflows.demo.by_hand": "7.0.0",
        "opsflows.demo.talk": "2.0.0",
        "opsflows.old.forgotten": "1.0.0",
    }
    last = History.read(server).entries[-1]
    assert (last.release, last.kind, last.state, last.previous) == ("2.0.0", "rollback", "done", "3.0.0")
    assert "scripts/say.sh" in files_of(server, "3.0.0")


def test_rollbacks_in_a_row_go_further_back_and_a_deploy_goes_forward_again(project, server):
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        project.at(version).deploy(server)
    go_back(server)
    assert current(server) == "2.0.0"
    go_back(server)
    assert current(server) == "1.0.0"
    with pytest.raises(DeployError, match="no release before the current one"):
        go_back(server)
    project.at("3.0.0").deploy(server)
    go_back(server)
    assert current(server) == "1.0.0"


def test_a_release_can_be_named(project, server):
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        project.at(version).deploy(server)
    go_back(server, "1.0.0")
    assert flows_of(server) == {"opsflows.demo.talk": "1.0.0"}


def runs(server, flow_id):
    found = server.client.executions.search_executions_by_flow_id("main", "opsflows.platform", flow_id, 1, 100)
    return found["total"]


def test_the_smoke_of_the_older_release_runs_and_its_migrations_do_not(project, server):
    project.flow("platform", "schema_migrate").flow("platform", "deploy_smoke").deploy(server)
    project.at("2.0.0").deploy(server)
    before = [runs(server, flow_id) for flow_id in ("deploy_smoke", "schema_migrate")]
    assert go_back(server, smoke=True)[-1] == "smoke: well"
    after = [runs(server, flow_id) for flow_id in ("deploy_smoke", "schema_migrate")]
    assert after == [before[0] + 1, before[1]]


def test_a_failed_smoke_of_a_rollback_is_told(project, server):
    project.flow("platform", "deploy_smoke", FAILING).deploy(server)
    project.at("2.0.0").deploy(server)
    with pytest.raises(DeployError, match=r"(?s)deploy_smoke ended FAILED.*The flows are those of 1.0.0"):
        go_back(server, smoke=True)
    assert flows_of(server)["opsflows.demo.talk"] == "1.0.0"


class Lost(Server):
    """A server that is lost when a flow is to be put."""

    def put_flow(self, namespace, flow_id, source):
        if flow_id in ("brought", "talk"):
            raise ServerError("connection lost")
        return super().put_flow(namespace, flow_id, source)


def test_after_a_deploy_that_failed_a_rollback_returns_to_what_was_good(project, server):
    project.deploy(server)
    project.at("2.0.0").deploy(server)
    project.at("3.0.0").flow("demo", "a_first").flow("demo", "brought")
    with pytest.raises(DeployError, match="connection lost"):
        project.deploy(Lost(server.target))
    assert flows_of(server) == {"opsflows.demo.talk": "2.0.0", "opsflows.demo.a_first": "3.0.0"}
    go_back(server)
    assert flows_of(server) == {"opsflows.demo.talk": "2.0.0"}
    assert (current(server), History.read(server).unfinished) == ("2.0.0", None)


def test_without_a_history_there_is_nothing_to_go_back_to(server):
    with pytest.raises(
        DeployError, match=r"no release before the current one; nothing was changed. Name one with --to"
    ):
        go_back(server)


def test_an_unknown_release_is_refused_and_those_that_there_are_named(project, server):
    project.deploy(server)
    with pytest.raises(DeployError, match=r"Release 0.9.0 is not on the server, or not complete. There: 1.0.0"):
        go_back(server, "0.9.0")


def test_a_development_version_that_was_overwritten_is_refused(project, server):
    project.at("1.1.0.dev0").deploy(server)
    project.write("scripts/say.sh", "echo other\n")
    project.deploy(server)
    before = flows_of(server)
    with pytest.raises(DeployError, match=r"1.1.0.dev0 was overwritten after it was deployed at 20\d\d-.*nothing was"):
        go_back(server)
    project.at("2.0.0").deploy(server)
    go_back(server)
    assert flows_of(server) == before


def test_a_copy_of_a_flow_that_was_changed_on_the_server_is_refused(project, server):
    project.deploy(server)
    project.at("2.0.0").deploy(server)
    server.write_file("opsflows", "/1.0.0/flows/demo/talk.yaml", b"id: talk\nnamespace: company\n")
    with pytest.raises(DeployError, match=r"/1.0.0/flows/demo/talk.yaml is not what the release's manifest says"):
        go_back(server)
    assert flows_of(server) == {"opsflows.demo.talk": "2.0.0"}
