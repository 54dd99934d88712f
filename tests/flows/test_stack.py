"""The local stack as a person uses it: `up` and `down` as processes, and a start that fails."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from tools.deploy import run
from tools.stack import stack

pytestmark = [pytest.mark.engine, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]


def processes_of(home):
    """Processes that name a stack's folder in their command line."""
    found = psutil.process_iter(["cmdline"])
    return [process.info["cmdline"] for process in found if str(home) in " ".join(process.info["cmdline"] or [])]


def lives(pid):
    """Whether a process runs; one that has ended and that nobody has asked after yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def command(home, what):
    """`python -m tools.stack` in a folder; with pipes, which a process left behind would keep open."""
    env = os.environ | {"PYTHONPATH": f"{ROOT / 'scripts'}{os.pathsep}{ROOT}"}
    started = [sys.executable, "-m", "tools.stack", what]
    return subprocess.run(started, cwd=home, env=env, capture_output=True, text=True, timeout=120, check=False)


def console_answers(said):
    """What the web console answers without and with the password that `up` tells of."""
    url = re.search(r"Web console +(\S+)", said)[1]
    password = json.loads(Path(re.search(r"Password of both +(\S+)", said)[1]).read_text())
    return [requests.get(url, auth=auth, timeout=20).status_code for auth in (None, ("opsflows", password))]


def test_up_and_down_end_by_themselves_and_leave_nothing(tmp_path):
    try:
        up = command(tmp_path, "up")
        assert (up.returncode, "Kestra API" in up.stdout) == (0, True), up.stderr
        assert len(processes_of(tmp_path / ".stack")) >= 3
        assert console_answers(up.stdout) == [401, 200]
    finally:
        known = json.loads((tmp_path / ".stack/stack.json").read_text())
        down = command(tmp_path, "down")
    assert down.returncode == 0
    assert processes_of(tmp_path / ".stack") == []
    assert not [pid for pid in known.values() if isinstance(pid, int) and lives(pid)]
    assert command(tmp_path, "down").returncode == 0


def test_a_start_that_fails_leaves_nothing_running(tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        assert len(processes_of(tmp_path)) >= 3
        raise run.DeployError("refused")

    monkeypatch.setattr(run, "deploy", refuse)
    with pytest.raises(run.DeployError, match="refused"):
        stack.start(tmp_path, detached=True)
    assert processes_of(tmp_path) == []
