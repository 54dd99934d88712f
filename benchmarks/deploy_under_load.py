"""Deploys and rollbacks in turn while executions start: `python -m benchmarks.deploy_under_load [--seconds 60]`.

Each execution reads its release's file in a first task, waits a second, reads it again in a second task. At the end
every execution must have ended well, on one release from its start to its end.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from local import engine
from tools.deploy import executions, release, run
from tools.deploy.options import Options
from tools.deploy.release import Release
from tools.deploy.rollback import rollback
from tools.deploy.server import Server, Target

OPTIONS = Options(migrate=False, smoke=False)
NAMESPACE, FLOW_ID = "opsflows.bench", "work"
STARTERS = 5  # so that a slow answer does not lower the rate
TASK = """\
  - id: {id}
    type: io.kestra.plugin.scripts.python.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    namespaceFiles: {{namespaces: [opsflows], include: ["/{{{{ vars.release }}}}/scripts/**"]}}
    env: {{OPSFLOWS_RELEASE: "{{{{ vars.release }}}}"}}
    commands: [sh "$OPSFLOWS_RELEASE/scripts/say.sh"]
"""
FLOW = f"""\
id: {FLOW_ID}
namespace: {NAMESPACE}
variables:
  release: VERSION
tasks:
{TASK.format(id="first")}  - {{id: rest, type: io.kestra.plugin.core.flow.Sleep, duration: PT1S}}
{TASK.format(id="second")}outputs:
  - id: said
    type: STRING
    value: "{{{{ vars.release }}}} {{{{ outputs.first.vars.said }}}} {{{{ outputs.second.vars.said }}}}"
"""


@dataclass
class Result:
    """What happened.

    Attributes:
        changes: seconds of each deploy and rollback, by kind.
        states: how many executions ended in which state.
        releases: how many executions ran on which release alone.
        mixed: what those executions said that ran on more than one.
        latencies: seconds from start to end of each execution.
    """

    changes: dict[str, list[float]] = field(default_factory=lambda: {"deploy": [], "rollback": []})
    states: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    mixed: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)


def measure(target: Target, seconds: float, per_second: float) -> Result:
    """Deploy and roll back in turn for a time, while executions start at a steady rate."""
    result = Result()
    with tempfile.TemporaryDirectory() as folder:
        older, newer = _release(Path(folder), "1.0.0"), _release(Path(folder), "2.0.0")
    server = Server(target)
    run.deploy(older, server, OPTIONS, _say_nothing)
    stop = threading.Event()
    with ThreadPoolExecutor(STARTERS) as starters:
        each = per_second / STARTERS
        started = [starters.submit(_start_steadily, Server(target), each, stop) for _ in range(STARTERS)]
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            result.changes["deploy"].append(_timed(lambda: run.deploy(newer, server, OPTIONS, _say_nothing)))
            result.changes["rollback"].append(_timed(lambda: rollback(server, None, OPTIONS, _say_nothing)))
        stop.set()
        for execution in [execution for starter in started for execution in starter.result()]:
            _judge(server, execution, result)
    return result


def _release(folder: Path, version: str) -> Release:
    (folder / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
    for path, text in {
        "scripts/say.sh": f"""echo '::{{"outputs": {{"said": "{version}"}}}}::'\n""",
        f"flows/bench/{FLOW_ID}.yaml": FLOW.replace("VERSION", version),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return release.load(folder)


def _start_steadily(server: Server, per_second: float, stop: threading.Event) -> list[str]:
    found: list[str] = []
    began = time.monotonic()
    while not stop.wait(max(0.0, began + len(found) / per_second - time.monotonic())):
        found.append(executions.start(server, NAMESPACE, FLOW_ID))
    return found


def _judge(server: Server, execution: str, result: Result) -> None:
    state = executions.wait(server, execution, within_s=300)
    result.states[state] += 1
    if state != "SUCCESS":
        return
    found: Any = server.client.executions.execution(execution, "main").state
    result.latencies.append(_seconds(found.start_date, found.end_date))
    said = str(server.client.outputs.execution_outputs(execution, "main")["said"])
    release_, *others = sorted(set(said.split()))
    if others:
        result.mixed.append(said)
    else:
        result.releases[release_] += 1


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()


def _timed(action: Callable[[], None]) -> float:
    started = time.monotonic()
    action()
    return time.monotonic() - started


def _say_nothing(_line: str) -> None:
    pass


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--per-second", type=float, default=5)
    given = parser.parse_args()
    running = engine.start()
    try:
        target = Target(running.url, running.config.username, running.config.password)
        result = measure(target, given.seconds, given.per_second)
    finally:
        running.stop()
    for kind, times in result.changes.items():
        print(f"{len(times)} {kind}s: median {statistics.median(times):.2f} s, longest {max(times):.2f} s")
    total = sum(result.states.values())
    print(
        f"{total} executions, {given.per_second:g}/s wanted: {dict(result.states)}, by release {dict(result.releases)}"
    )
    quantiles = statistics.quantiles(result.latencies, n=20)
    print(f"executions take p50 {quantiles[9]:.2f} s, p95 {quantiles[18]:.2f} s, of which 1 s is a pause")
    print(f"failed {total - result.states['SUCCESS']}, mixed {len(result.mixed)} {result.mixed[:3]}")


if __name__ == "__main__":
    main()
