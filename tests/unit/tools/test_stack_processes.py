"""Ending processes that an earlier command started."""

import os
import subprocess
import sys

import psutil
import pytest

from tools.stack import processes

MARKER = "opsflows-test-marker"
WAITS = "import signal; print('ready', flush=True); signal.pause()"
# Its child ignores the polite signal and prints after its leader has begun to wait.
LEADS = f"""
import signal, subprocess, sys
deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"
child = subprocess.Popen([sys.executable, "-c", deaf])
signal.pause()
"""


@pytest.fixture
def started():
    """Start a program in a group of its own, and wait until it has printed; nothing of it outlives the test."""
    groups = []

    def start(program):
        command = [sys.executable, "-c", program, MARKER]
        process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE, text=True)
        groups.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in groups:
        processes.end(process.pid, MARKER)
        process.kill()
        process.wait(60)
        process.stdout.close()


def living(group):
    alive = []
    for process in psutil.process_iter(["status"]):
        try:
            if os.getpgid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE:
                alive.append(process.pid)
        except ProcessLookupError:
            continue
    return alive


def test_a_process_ends(started):
    process = started(WAITS)
    assert processes.runs(process.pid, MARKER)
    processes.end(process.pid, MARKER)
    assert not processes.runs(process.pid, MARKER)


def test_what_outlives_the_leader_of_its_group_is_ended_too(started):
    leader = started(LEADS)
    assert len(living(leader.pid)) == 2
    processes.end(leader.pid, MARKER)
    assert living(leader.pid) == []


def test_one_that_does_not_listen_is_made_to_end(started, monkeypatch):
    monkeypatch.setattr(processes, "END_WITHIN_S", 0.1)
    deaf = started(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}")
    processes.end(deaf.pid, MARKER)
    assert living(deaf.pid) == []


def test_an_id_of_something_else_is_left_alone(started):
    process = started(WAITS)
    processes.end(process.pid, "another marker")
    assert processes.runs(process.pid, MARKER)


def test_an_id_of_nothing(started):
    process = started(WAITS)
    process.kill()
    process.wait(60)
    processes.end(process.pid, MARKER)
    processes.end(None, MARKER)
    assert not processes.runs(process.pid, MARKER)
