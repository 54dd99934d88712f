"""The console as the local stack starts it: a process that answers, and that ends with whoever started it."""

import subprocess
import sys

import psutil
import pytest
import requests

from local import console, engine, ports
from tests.console_support import KEY, PASSWORD
from tools.stack import environment


@pytest.fixture
def settings(dsn):
    config = engine.EngineConfig(
        password=PASSWORD, secrets={"OPSFLOWS_CONSOLE_KEY": KEY}, env={"OPSFLOWS_PG_DSN": dsn, "OPSFLOWS_LOCALE": "es"}
    )
    return environment.console(config)


def test_it_answers_and_stops(settings, tmp_path):
    running = console.start(ports.free(), settings, log=tmp_path / "console.log")
    try:
        assert requests.get(f"{running.url}/tickets", timeout=20).status_code == 401
        assert requests.get(f"{running.url}/tickets", auth=("opsflows", PASSWORD), timeout=20).status_code == 200
        (listening,) = [one for one in psutil.Process(running.pid).net_connections("tcp") if one.status == "LISTEN"]
        assert listening.laddr.ip == "127.0.0.1"
    finally:
        running.stop()
    assert not psutil.pid_exists(running.pid)
    assert PASSWORD not in (tmp_path / "console.log").read_text()


def test_it_ends_with_whoever_started_it(settings, tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from local import console, ports;"
        "print(console.start(ports.free(), {}, log=Path(sys.argv[1])).pid, flush=True); os._exit(9)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "console.log")],
        env={"PYTHONPATH": f"{console.ROOT}:{console.ROOT / 'scripts'}", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 9, ran.stderr
    gone, alive = psutil.wait_procs([psutil.Process(int(ran.stdout))] if psutil.pid_exists(int(ran.stdout)) else [], 30)
    assert (len(gone) <= 1, alive) == (True, [])


@pytest.mark.parametrize(
    ("name", "value"), [("OPSFLOWS_CONSOLE_USERS", "eva:king:x"), ("OPSFLOWS_CONSOLE_PROXIES", "proxy.acme.test")]
)
def test_a_start_with_a_list_that_cannot_be_read_is_told(settings, tmp_path, name, value):
    with pytest.raises(RuntimeError, match="did not start"):
        console.start(ports.free(), settings | {name: value}, log=tmp_path / "console.log")
    assert name in (tmp_path / "console.log").read_text()


def test_a_start_without_its_key_is_told(settings, tmp_path):
    del settings["OPSFLOWS_CONSOLE_KEY"]
    with pytest.raises(RuntimeError, match="did not start"):
        console.start(ports.free(), settings, log=tmp_path / "console.log")
    assert "OPSFLOWS_CONSOLE_KEY is not set" in (tmp_path / "console.log").read_text()
