"""Runs the local engine: the real Kestra 2.0 engine in one Java process, on loopback only.

As a library: `build()`, `start(EngineConfig(...)) -> Engine`, `Engine.stop()`, `Engine.kill()`.
As a command: `python -m local.engine build | start | stop`.
"""

import argparse
import base64
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import requests

from local import engine_build
from local.engine_build import Build, BuildError

READY = "opsflows engine ready"
START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0
DEFAULT_USERNAME = "admin@opsflows.local"
DEFAULT_PASSWORD = "Opsflows2026"  # noqa: S105 - the engine listens on loopback only; a caller may choose another
DEFAULT_DATA_DIR = Path(__file__).parents[1] / ".stack" / "engine"
JVM_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xms64m",
    "-Xmx160m",
    "-XX:MaxDirectMemorySize=96m",
    "-Xss512k",
)
# Kestra and Micronaut read such variables as configuration.
CONFIGURATION_PREFIXES = ("KESTRA_", "MICRONAUT_", "DATASOURCES_", "SECRET_")
TRAINING_FLOW = """
id: training
namespace: opsflows.training
tasks:
  - id: script
    type: io.kestra.plugin.scripts.python.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: |
      print('::{"outputs": {"answer": 42}}::')
outputs: [{id: answer, type: INT, value: "{{ outputs.script.vars.answer }}"}]
triggers: [{id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: training-key, fetchType: STORE}]
"""


class EngineError(Exception):
    """The engine did not start or stop; the message says why and where its log is."""


@dataclass(frozen=True)
class EngineConfig:
    """What a caller may choose.

    Attributes:
        port: the HTTP port on 127.0.0.1; 0 takes a free one.
        data_dir: where the store lies; None keeps it in memory and forgets it at the end.
        username: for basic authentication.
        password: for basic authentication.
        secrets: values for `{{ secret('NAME') }}` by name.
        env: further variables of the engine's environment, which every task inherits.
        path_prefix: folder at the front of the tasks' PATH; by default that of the running Python.
    """

    port: int = 0
    data_dir: Path | None = None
    username: str = DEFAULT_USERNAME
    password: str = DEFAULT_PASSWORD
    secrets: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    path_prefix: Path = Path(sys.executable).parent


@dataclass
class Engine:
    """A running engine.

    Attributes:
        url: where its API is.
        pid: its process.
        log: the file that it writes to.
        config: what it was started with.
    """

    url: str
    pid: int
    log: Path
    config: EngineConfig
    _process: "subprocess.Popen[bytes]"
    _scratch: Path | None

    def stop(self) -> None:
        """End the engine in good order; running tasks have ten seconds to finish."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the engine as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, signum: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signum)
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)


def build() -> Build:
    """Build the engine and train its start-up cache, unless both are there already.

    Raises:
        BuildError: if something is missing; the message says how to get it.
    """
    with engine_build.build_lock():
        built = engine_build.compile_engine(engine_build.find_java())
        if not built.aot_cache.exists():
            _train(built)
    return built


def start(config: EngineConfig | None = None) -> Engine:
    """Build if needed, start an engine and wait until it answers.

    Raises:
        BuildError: if it cannot be built.
        EngineError: if it does not get ready.
    """
    built = build()
    # A cache that does not fit is ignored by the JVM with a warning: slower, not wrong.
    return _launch(built, config or EngineConfig(), [f"-XX:AOTCache={built.aot_cache}"])


def _launch(built: Build, config: EngineConfig, options: Sequence[str]) -> Engine:
    scratch = None if config.data_dir else Path(tempfile.mkdtemp(prefix="opsflows-engine-"))
    folder = config.data_dir or scratch or Path()
    folder.mkdir(parents=True, exist_ok=True)
    port = _checked_port(config.port) or _free_port()
    settings = _write_settings(folder, config, port)
    log = folder / "engine.log"
    command = [
        str(built.java.executable),
        *JVM_OPTIONS,
        *options,
        f"-Dmicronaut.config.files={settings}",
        "-jar",
        str(built.jar),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=_environment(config),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    engine = Engine(f"http://127.0.0.1:{port}", process.pid, log, config, process, scratch)
    _await_ready(engine)
    return engine


def _await_ready(engine: Engine) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while READY not in engine.log.read_text(errors="replace"):
        code = engine._process.poll()  # noqa: SLF001 - the class and this function are one unit
        if code is not None or time.monotonic() > deadline:
            tail = "\n".join(engine.log.read_text(errors="replace").splitlines()[-30:])
            engine.kill()
            state = f"ended with code {code}" if code is not None else f"was not ready after {START_TIMEOUT_S:.0f} s"
            raise EngineError(f"The engine {state}. The end of {engine.log}:\n{tail}")
        time.sleep(0.02)


def _write_settings(folder: Path, config: EngineConfig, port: int) -> Path:
    """Write the settings to a file that only we can read: a command line is visible to every user."""
    # `async`, not `file`: H2's default file channel is closed for good when a thread is interrupted in the middle of a
    # write, as the worker's are when a task is killed or times out, and with it the whole store.
    store = f"async:{folder.resolve() / 'store'}" if config.data_dir else "mem:opsflows"
    # Without WRITE_DELAY=0 an execution that was already acknowledged is lost when the process is killed.
    durability = "DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0" if config.data_dir else "DB_CLOSE_DELAY=-1"
    values = {
        "port": port,
        "controller-port": _free_port(),
        "h2": f"jdbc:h2:{store};TIME ZONE=UTC;{durability}",
        "storage": str(folder.resolve() / "storage"),
        "encryption-key": _encryption_key(folder),
        "username": config.username,
        "password": config.password,
    }
    path = folder.resolve() / "settings.json"
    _write_private(path, json.dumps({"opsflows": values}))
    return path


def _encryption_key(folder: Path) -> str:
    path = folder / "encryption.key"
    if not path.exists():
        _write_private(path, base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text()


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _environment(config: EngineConfig) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURATION_PREFIXES)}
    env |= {f"SECRET_{name}": base64.b64encode(value.encode()).decode() for name, value in config.secrets.items()}
    env["PATH"] = f"{config.path_prefix}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env | dict(config.env)


def _checked_port(port: int) -> int:
    with socket.socket() as probe:
        if port and probe.connect_ex(("127.0.0.1", port)) == 0:
            raise EngineError(f"Port {port} is in use by another program. End it, or choose another port.")
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _train(built: Build) -> None:
    """Run the engine once so that the JVM records what it loads: later starts take a third of the time."""
    unfinished = built.folder / "unfinished.aot"
    trainee = _launch(built, EngineConfig(), [f"-XX:AOTCacheOutput={unfinished}"])
    try:
        _exercise(trainee)
    finally:
        trainee.stop()
    unfinished.rename(built.aot_cache)


def _exercise(engine: Engine) -> None:
    """Deploy a flow and run it by the API, so that what the first real call needs is in the cache as well."""
    api = f"{engine.url}/api/v1/main"
    with requests.Session() as session:
        session.auth = (engine.config.username, engine.config.password)
        calls = [
            session.post(f"{api}/flows", data=TRAINING_FLOW, headers={"Content-Type": "application/x-yaml"}),
            session.post(f"{api}/executions/opsflows.training/training", params={"wait": "true"}),
            session.post(f"{api}/executions/webhook/opsflows.training/training/training-key", json={}),
            session.get(f"{api}/executions/search", params={"filters[flowId][EQUALS]": "training"}),
        ]
    for call in calls:
        call.raise_for_status()


def _start_command(arguments: argparse.Namespace) -> None:
    config = EngineConfig(port=arguments.port, data_dir=arguments.data_dir)
    engine = start(config)
    (arguments.data_dir / "engine.pid").write_text(str(engine.pid))
    sys.stdout.write(f"{engine.url} (user {config.username}, log {engine.log})\n")


def _stop_command(arguments: argparse.Namespace) -> None:
    path = arguments.data_dir / "engine.pid"
    if not path.exists():
        raise EngineError(f"No engine was started from {arguments.data_dir}.")
    pid = int(path.read_text())
    path.unlink()
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.engine", description="The local Kestra engine.")
    parser.add_argument("command", choices=["build", "start", "stop"])
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--data-dir", type=Path, default=DEFAULT_DATA_DIR)
    arguments = parser.parse_args()
    try:
        {"build": lambda _: build(), "start": _start_command, "stop": _stop_command}[arguments.command](arguments)
    except (BuildError, EngineError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
