"""This project's own release on the whole stack: migrated, checked, and replaced while receipts are in work."""

import dataclasses

import pytest
from deploykit import QUICK, go_back
from flowkit import FLOW

from tools.deploy import executions, release, run
from tools.deploy.options import DeployError, Options
from tools.deploy.server import NAMESPACE, Server

pytestmark = [pytest.mark.engine, pytest.mark.slow]
HERE = release.load()


@pytest.fixture
def server(stack):
    """The whole stack's server, which has this checkout's release before and after."""
    found = Server(stack.target)
    yield found
    run.deploy(HERE, found, Options(prune=True, migrate=False, smoke=False, lock=QUICK), lambda _line: None)


def deploy(found, server):
    said = []
    run.deploy(found, server, Options(lock=QUICK), said.append)
    return said


def as_version(version):
    """This release under another number."""
    old, new = f"release: {HERE.version}", f"release: {version}"
    flows = [dataclasses.replace(flow, release=version, source=flow.source.replace(old, new)) for flow in HERE.flows]
    return dataclasses.replace(HERE, version=version, flows=flows)


def test_a_deploy_migrates_the_database_and_checks_the_release(server):
    assert deploy(HERE, server)[1:] == [
        f"files of {HERE.version}: unchanged",
        "migrations: done",
        f"flows: {len(HERE.flows)} unchanged",
        "smoke: well",
    ]


def test_what_the_smoke_found_is_told_by_the_deploy(server):
    path = f"/{HERE.version}/namespace_files/messages/en.json"
    content = server.read_file(NAMESPACE, path)
    server.delete_file(NAMESPACE, path)
    try:
        with pytest.raises(DeployError, match=r"deploy_smoke ended FAILED .*missing: namespace_files/messages/en.json"):
            deploy(HERE, server)
    finally:
        server.write_file(NAMESPACE, path, content)


@pytest.mark.slow
def test_receipts_that_arrive_during_a_deploy_and_a_rollback_are_all_finished(receipts, too_small, server):
    messages, intakes = [], []

    def send():
        for _ in range(2):
            messages.append(receipts.message(too_small, mime="image/png"))
            intakes.extend(receipts.send(messages[-1]))

    send()
    deploy(as_version("9.9.9"), server)
    send()
    go_back(server)
    send()
    assert [receipts.ticket(message)["verdict"] for message in messages] == ["reject"] * 6
    ended = [executions.wait(server, intake, within_s=240) for intake in intakes]
    assert ended == ["SUCCESS"] * 6
    # A picture's own execution is started later, by the intake, and so may be on the release after it.
    assert [used(server, intake) for intake in intakes] == [HERE.version] * 2 + ["9.9.9"] * 2 + [HERE.version] * 2
    pictures = receipts.get("executions", namespace="opsflows.tickets", flowId=FLOW, size=6).json()["results"]
    assert {executions.wait(server, item["id"], within_s=240) for item in pictures} == {"SUCCESS"}


def used(server, execution):
    """The release that an execution ran on."""
    found = server.client.executions.execution(execution, "main")
    return server.release_of(found.namespace, found.flow_id, found.flow_revision)
