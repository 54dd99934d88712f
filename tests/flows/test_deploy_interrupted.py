"""Deploys that are killed at every point, and two at once."""

import contextlib
import multiprocessing
import os
import random
import signal
import threading
import time

import pytest
from deploykit import QUICK, files_of, flows_of, go_back, quick, said, started
from flowkit import wait_for

from tools.deploy import executions, lock, plan, run, upload
from tools.deploy.history import History
from tools.deploy.lock import LockError, Timing
from tools.deploy.server import Server

pytestmark = [pytest.mark.engine, pytest.mark.slow]
CHANGES = ("write_file", "delete_file", "put_flow", "delete_flow", "write_value")
# Processes that die must not take the test's own threads and buffers with them.
FORK = multiprocessing.get_context("fork")


class Doomed(Server):
    """Dies by SIGKILL just before or just after its n-th change."""

    def __init__(self, target, number, *, after):
        super().__init__(target)
        self._left, self._after = number, after

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        return self._counted(found) if name in CHANGES else found

    def _counted(self, call):
        def made(*arguments):
            self._left -= 1
            if self._left == 0 and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = call(*arguments)
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return made


def deploy_in(process_of, found, options):
    """Deploy in a process of its own; returns how that process ended."""
    process = FORK.Process(target=run.deploy, args=(found, process_of, options, lambda _line: None))
    process.start()
    process.join()
    return process.exitcode


@pytest.fixture
def next_release(project, server):
    """1.0.0 is deployed; 2.0.0 changes a file and a flow, brings one, and drops one."""
    project.flow("demo", "dropped").flow("platform", "schema_migrate").flow("platform", "deploy_smoke")
    project.deploy(server)
    project.remove("flows/demo/dropped.yaml")
    project.at("2.0.0").flow("demo", "brought")
    return project


OPTIONS = {"migrate": True, "smoke": True, "prune": True}
WHOLE = {
    "opsflows.demo.talk": "2.0.0",
    "opsflows.demo.brought": "2.0.0",
    "opsflows.platform.schema_migrate": "2.0.0",
    "opsflows.platform.deploy_smoke": "2.0.0",
}


def assert_whole(project, server):
    """2.0.0 is on the server as if nothing had happened."""
    assert flows_of(server) == WHOLE
    assert upload.changes(project.load(), server).is_none
    assert files_of(server, "2.0.0") == sorted([*project.load().contents, "manifest.json"])
    history = History.read(server)
    assert (history.current.release, history.current.previous, history.unfinished) == ("2.0.0", "1.0.0", None)
    # Kestra ends the lock's execution a moment after it was asked to.
    wait_for(lambda: not executions.living_of(server, lock.NAMESPACE, lock.FLOW_ID), "the lock to be gone")


def assert_runs_on_one_release(server):
    """Whatever a flow on the server names is complete."""
    for release in {release for release in flows_of(server).values() if release}:
        assert server.read_file("opsflows", f"/{release}/manifest.json") is not None, release


# The changes of this deploy: lock flow 1, lock value 2, history 3, files 4-8, manifest 9, schema_migrate 10, flows
# 11-14, prune 15, history 16. An even one is made before the process dies, an odd one is not.
ALL = 16
QUICK_ONES = {3, 6, 9, 10, 13, 16}
POINTS = [n if n in QUICK_ONES else pytest.param(n, marks=pytest.mark.slow) for n in range(1, ALL + 1)]


@pytest.mark.parametrize("number", POINTS)
def test_a_deploy_that_was_killed_is_run_again_and_ends_right(next_release, server, number):
    doomed = Doomed(server.target, number, after=number % 2 == 0)
    assert deploy_in(doomed, next_release.load(), quick(**OPTIONS)) == -signal.SIGKILL
    assert_runs_on_one_release(server)
    next_release.deploy(server, **OPTIONS)
    assert_whole(next_release, server)


def test_these_are_all_the_changes_that_a_deploy_makes(next_release, server):
    assert deploy_in(Doomed(server.target, ALL + 1, after=False), next_release.load(), quick(**OPTIONS)) == 0
    assert_whole(next_release, server)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 6))])
def test_a_deploy_that_was_killed_at_any_moment_is_run_again_and_ends_right(next_release, server, seed):
    arguments = (next_release.load(), Server(server.target), quick(**OPTIONS), lambda _line: None)
    process = FORK.Process(target=run.deploy, args=arguments)
    process.start()
    process.join(random.Random(seed).uniform(0.05, 1.2))
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert_runs_on_one_release(server)
    next_release.deploy(server, **OPTIONS)
    assert_whole(next_release, server)


@pytest.mark.parametrize("number", [4, pytest.param(10, marks=pytest.mark.slow), 13])
def test_a_killed_deploy_can_be_taken_back_instead(next_release, server, number):
    before = flows_of(server)
    waiting = started(server.target, "talk")
    deploy_in(Doomed(server.target, number, after=True), next_release.load(), quick(migrate=True, smoke=True))
    assert "did not end well" in plan.render(plan.make(next_release.load(), server, quick()))
    go_back(server)
    assert flows_of(server) == before
    server.client.executions.resume_execution(waiting, "main")
    wait_for(lambda: executions.state(server, waiting) == "SUCCESS", "the execution of before")
    assert said(server.target, waiting) == "1.0.0 1.0.0"


def test_of_five_who_want_the_lock_at_once_one_has_it_at_a_time(server):
    inside, most, done = [], [], []

    def take(number):
        own = Server(server.target)
        with lock.held(own, f"holder {number}", Timing(wait_s=60, beat_s=0.2, stale_s=5)):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.05)  # long enough for another one to come in, if it could
            inside.remove(number)
            done.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(5))
    assert max(most) == 1


def test_while_a_deploy_works_another_is_refused_and_told_whose_it_is(project, server):
    with lock.held(server, "deploy of 9.9.9 by somebody", QUICK):
        with pytest.raises(LockError, match=r"under way: deploy of 9.9.9 by somebody. Wait for its end, then repeat"):
            project.deploy(Server(server.target), lock=Timing(wait_s=0.5, beat_s=0.2, stale_s=1))
        assert flows_of(server) == {}
    project.deploy(server)


def test_a_holder_whose_lock_was_taken_stops_before_its_next_change(project, server, monkeypatch):
    """As when its machine slept: the beat stood still, another deploy took over, and it wakes up."""
    monkeypatch.setattr(lock, "FRESH_S", 0.0)
    monkeypatch.setattr(lock, "_beat", lambda *_arguments: None)
    with lock.held(server, "sleeper", QUICK) as sleeper:
        sleeper.check()
        project.deploy(Server(server.target))
        with pytest.raises(LockError, match="Another deploy took over"):
            sleeper.check()


def test_a_deploy_that_lost_its_lock_leaves_the_history_to_the_other_one(project, server, monkeypatch):
    monkeypatch.setattr(lock, "FRESH_S", 0.0)
    put = Server.put_flow

    def robbed(self, namespace, flow_id, source):
        if flow_id == "talk":
            for item in executions.living_of(self, lock.NAMESPACE, lock.FLOW_ID):
                executions.end(self, item["id"], "kill")
            wait_for(lambda: not executions.living_of(self, lock.NAMESPACE, lock.FLOW_ID), "the lock to be gone")
        return put(self, namespace, flow_id, source)

    monkeypatch.setattr(Server, "put_flow", robbed)
    with pytest.raises(LockError, match="Another deploy took over"):
        project.deploy(server)
    assert [entry.state for entry in History.read(server).entries] == ["started"]


def test_an_engine_that_takes_no_executions_is_told(project, server, monkeypatch):
    monkeypatch.setattr(executions, "state", lambda *_arguments: "CREATED")
    with pytest.raises(
        LockError, match=r"is still CREATED after 1 s; nothing was changed. See whether Kestra's executor"
    ):
        project.deploy(server, lock=Timing(wait_s=1))
    assert server.folders("opsflows") == []


def test_a_person_who_stops_a_deploy_leaves_no_lock(project, server, monkeypatch):
    def stopped(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(upload, "apply", stopped)
        with pytest.raises(KeyboardInterrupt):
            project.deploy(server)
    started_at = time.monotonic()
    project.deploy(server, lock=Timing(wait_s=60, stale_s=60))
    assert time.monotonic() - started_at < 30  # it did not wait for a silence
    assert History.read(server).unfinished is None
