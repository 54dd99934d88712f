"""Runs the local engine: the real Kestra 2.0 engine in one Java process, on loopback only.

As a library: `build()`, `start(EngineConfig(...)) -> Engine`, `Engine.stop()`, `Engine.kill()`.
As a command: `python -m local.engine build | start | stop`.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from local import engine_build, ports
from local.engine_build import Build, BuildError
from local.engine_settings import EngineConfig, EngineError, checked_port, environment, write_settings

__all__ = ["BuildError", "Engine", "EngineConfig", "EngineError", "build", "start"]

READY = "opsflows engine ready"
# On a machine with nothing else to do it takes four seconds.
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 30.0
# The JVM assembles its start-up cache while it ends: seconds on a quiet machine, a minute on a busy one.
TRAINING_TIMEOUT_S = 240.0
DEFAULT_DATA_DIR = Path(__file__).parents[1] / ".stack" / "engine"
JVM_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xms64m",
    "-Xmx160m",
    "-XX:MaxDirectMemorySize=96m",
    "-Xss512k",
)
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

    def stop(self, within_s: float = STOP_TIMEOUT_S) -> None:
        """End the engine in good order, then by force; running tasks have ten seconds to finish."""
        self._end(signal.SIGTERM, within_s)

    def kill(self) -> None:
        """End the engine as a crash would."""
        self._end(signal.SIGKILL, STOP_TIMEOUT_S)

    def _end(self, signum: signal.Signals, within_s: float) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signum)
            try:
                self._process.wait(within_s)
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
    port = checked_port(config.port) or ports.free()
    settings = write_settings(folder, config, port)
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
            env=environment(config),
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


def _train(built: Build) -> None:
    """Run the engine once so that the JVM records what it loads: later starts take a third of the time."""
    unfinished = built.folder / "unfinished.aot"
    trainee = _launch(built, EngineConfig(), [f"-XX:AOTCacheOutput={unfinished}"])
    try:
        _exercise(trainee)
    finally:
        trainee.stop(TRAINING_TIMEOUT_S)
    if not unfinished.exists():
        sys.stderr.write("The engine's start-up cache could not be made: it works, and starts more slowly.\n")
        return
    unfinished.rename(built.aot_cache)
    # What the JVM recorded on the way to the cache, as large as the cache itself.
    unfinished.with_name(f"{unfinished.name}.config").unlink(missing_ok=True)


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
