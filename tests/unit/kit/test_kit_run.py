"""run.sh: what a task's process still sees of the server's environment, and that signals and exit codes pass."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[3] / "scripts/kit/run.sh"
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
WAIT = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("ready", flush=True)
signal.pause()
"""
SERVER = {
    "SECRET_WHATSAPP_TOKEN": "Y2FuYXJ5",
    "SECRET_OF_LINES": "one two\nSECRET_B=3 *\n'quoted' \"twice\"",
    "KESTRA_CONFIGURATION": "kestra:\n  KESTRA_no-name=1\n  queue: {type: postgres}",
    "MICRONAUT_SERVER_PORT": "8080",
    "DATASOURCES_POSTGRES_PASSWORD": "canary",
}
OF_THE_TASK = {
    "WHATSAPP_TOKEN": "it's 'mine'\nwith SECRET_C=4 in it",
    "OPSFLOWS_PG_DSN": "postgresql://db",
    "PGPASSFILE": "/x",
}


@pytest.fixture(params=["sh", "bash"])
def command(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """As Kestra's Process runner starts a command, in a folder that holds a release."""
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} here")
    kit = tmp_path / "1.2.3/scripts/kit"
    kit.mkdir(parents=True)
    shutil.copy(RUN, kit)
    return [request.param, "-c", f'set -e\nexec {request.param} "$OPSFLOWS_RELEASE/scripts/kit/run.sh" probe']


def given(tmp_path: Path, program: str) -> dict[str, str]:
    (tmp_path / "1.2.3/scripts/probe.py").write_text(program)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "OPSFLOWS_RELEASE": "1.2.3", **SERVER, **OF_THE_TASK}


def test_a_task_keeps_what_is_its_own_and_nothing_of_the_servers(command: list[str], tmp_path: Path):
    env = given(tmp_path, SHOW)
    seen = json.loads(subprocess.check_output(command, env=env, cwd=tmp_path))
    assert [name for name in SERVER if name in seen] == []
    assert {name: seen[name] for name in OF_THE_TASK} == OF_THE_TASK
    assert seen["PYTHONPATH"] == "1.2.3/scripts"


def test_a_signal_reaches_the_task_and_its_exit_code_comes_back(command: list[str], tmp_path: Path):
    with subprocess.Popen(
        command, env=given(tmp_path, WAIT), cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 7


def test_a_task_yields_to_the_server(command: list[str], tmp_path: Path):
    env = given(tmp_path, "import os; print(os.nice(0))")
    expected = min(os.nice(0) + 5, 19)
    assert int(subprocess.check_output(command, env=env, cwd=tmp_path)) == expected


def test_a_command_without_a_task_says_so(command: list[str], tmp_path: Path):
    command[-1] = command[-1].removesuffix(" probe")
    ended = subprocess.run(command, env=given(tmp_path, ""), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    assert "name the task" in ended.stderr
