"""The list of releases on a server, and the removal of those that nothing needs."""

import pytest
from deploykit import QUICK, files_of, go_back, resumed, said, started

from tools.deploy import executions, releases

pytestmark = pytest.mark.engine


def deployed(project, server, *versions):
    for version in versions:
        project.at(version).deploy(server)


def listed(server):
    return {item.version: item for item in releases.find(server)}


def removed(server):
    return releases.remove_unused(server, lambda _line: None, QUICK)


def test_each_release_is_listed_with_what_needs_it(project, server):
    project.flow("old", "forgotten")
    deployed(project, server, "1.0.0")
    project.remove("flows/old/forgotten.yaml")
    deployed(project, server, "2.0.0", "10.0.0.dev0", "10.0.0")
    for _ in range(2):
        started(server.target, "talk")
    found = listed(server)
    assert list(found) == ["1.0.0", "2.0.0", "10.0.0.dev0", "10.0.0"]
    assert [(item.role, item.flows, item.running) for item in found.values()] == [
        ("", 1, 0),
        ("", 0, 0),
        ("before", 0, 0),
        ("current", 1, 2),
    ]
    sizes = [len(server.read_file("opsflows", f"/1.0.0/{path}")) for path in files_of(server, "1.0.0")]
    assert found["1.0.0"].size == sum(sizes)
    shown = releases.table(list(found.values())).splitlines()
    assert shown[0].split() == ["release", "deployed", "(UTC)", "flows", "running", "kB"]
    assert shown[4].split()[0::2] == ["10.0.0", "current", "2"]


def test_what_nothing_needs_is_removed_and_a_paused_execution_keeps_its_release(project, server):
    deployed(project, server, "1.0.0", "2.0.0")
    waiting = started(server.target, "talk")
    deployed(project, server, "3.0.0", "4.0.0", "5.0.0")
    server.write_file("opsflows", "/notes/1.txt", b"somebody's own")
    server.write_file("opsflows", "/1.2/a.txt", b"no release")
    assert removed(server) == ["1.0.0", "3.0.0"]
    assert sorted(server.folders("opsflows")) == ["1.2", "2.0.0", "4.0.0", "5.0.0", "notes"]
    resumed(server.target, waiting)
    assert said(server.target, waiting) == "2.0.0 2.0.0"
    assert removed(server) == ["2.0.0"]
    go_back(server)
    assert listed(server)["4.0.0"].role == "current"


def test_an_execution_of_a_flow_that_was_deleted_keeps_its_release(project, server):
    deployed(project, server, "1.0.0")
    waiting = started(server.target, "talk")
    project.remove("flows/demo/talk.yaml")
    project.flow("demo", "other")
    for version in ("2.0.0", "3.0.0"):
        project.at(version).deploy(server, prune=True)
    assert removed(server) == []
    assert listed(server)["1.0.0"].running == 1
    resumed(server.target, waiting)
    assert removed(server) == ["1.0.0"]


def test_an_upload_that_was_cut_off_is_listed_and_removed(project, server):
    deployed(project, server, "2.0.0")
    server.write_file("opsflows", "/1.0.0/scripts/say.sh", b"")
    assert not listed(server)["1.0.0"].complete
    assert removed(server) == ["1.0.0"]


def test_living_executions_are_counted_over_several_pages(project, server, monkeypatch):
    monkeypatch.setattr(executions, "PAGE", 2)
    deployed(project, server, "1.0.0")
    for _ in range(5):
        started(server.target, "talk")
    assert list(executions.living(server).values()) == [5]
