"""What an execution costs, beside what `python -m tools.capacity` says of it: `python -m benchmarks.capacity`.

Flows of known work run on the local engine until nothing waits any more. Processor seconds are those of the engine and
of all its tasks, as the system counts them, so that other programs on the machine hardly matter; executions a minute
are what was reached meanwhile, and mean something on a quiet machine only.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.engine_load import Server
from local import engine
from tools.capacity import assumptions, model
from tools.capacity.load import Load

if TYPE_CHECKING:
    from collections.abc import Sequence

TICKS = os.sysconf("SC_CLK_TCK")
CORES = 2
SCRIPT = (
    "import time; end = time.process_time() + {seconds}; [0 for _ in iter(lambda: time.process_time() > end, True)]"
)
TASK = """
  - id: work_{number}
    type: io.kestra.plugin.scripts.python.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    commands: ['python3 -c "{script}"']"""


@dataclass(frozen=True)
class Kind:
    """A flow of so many tasks in a row, each of so many processor seconds."""

    name: str
    tasks: int
    seconds: float


@dataclass(frozen=True)
class Found:
    """What a kind took, and what the model says of it."""

    kind: str
    executions: int
    core_s: float
    predicted_core_s: float
    a_minute: float
    predicted_a_minute: float

    @property
    def factor(self) -> float:
        """Predicted to measured processor seconds."""
        return self.predicted_core_s / self.core_s


KINDS = (Kind("nothing", 1, 0.0), Kind("some", 1, 0.3), Kind("three", 3, 0.1))


def processor_seconds(pid: int) -> float:
    """What a process and its ended children have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / TICKS


def deploy(server: Server, kind: Kind) -> None:
    """Put a flow of this kind."""
    script = SCRIPT.format(seconds=kind.seconds) if kind.seconds else "pass"
    tasks = "".join(TASK.format(number=number, script=script) for number in range(kind.tasks))
    source = f"id: {kind.name}\nnamespace: bench\ntasks:{tasks}\n"
    server.session.post(
        f"{server.api}/flows", data=source, headers={"Content-Type": "application/x-yaml"}
    ).raise_for_status()


def ended(server: Server, kind: Kind) -> int:
    """How many executions ended well."""
    params = {"filters[flowId][EQUALS]": kind.name, "filters[state][EQUALS]": "SUCCESS", "size": "1"}
    return int(server.session.get(f"{server.api}/executions/search", params=params).json()["total"])


def measure(server: Server, pid: int, kind: Kind, count: int) -> Found:
    """Start all at once and wait for the last."""
    before, start, done = processor_seconds(pid), time.perf_counter(), ended(server, kind)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: server.execute(kind.name, wait=False), range(count)))
    while ended(server, kind) < done + count:
        time.sleep(0.5)
    taken = time.perf_counter() - start
    # What the processes of tasks that the benchmark starts do without the kit.
    known = assumptions.load({"kit_start_core_seconds": 0})
    load = Load(executions_per_minute=1, tasks=kind.tasks, task_cpu_seconds=kind.seconds)
    predicted = model.core_seconds(load, known)
    core_s = (processor_seconds(pid) - before) / count
    return Found(kind.name, count, core_s, predicted, count / taken * 60, CORES / predicted * 60)


def run(count: int) -> list[Found]:
    """Measure every kind on an engine of its own, warmed up."""
    engine.build()
    with tempfile.TemporaryDirectory() as folder:
        running = engine.start(engine.EngineConfig(data_dir=Path(folder)))
        try:
            server = Server(running)
            for kind in KINDS:
                deploy(server, kind)
            measure(server, running.pid, KINDS[0], 30)
            return [measure(server, running.pid, kind, count) for kind in KINDS]
        finally:
            running.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line a kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=150, help="of each kind (%(default)s)")
    parser.add_argument("--json", action="store_true", help="as JSON")
    given = parser.parse_args(arguments)
    found = run(given.executions)
    if given.json:
        print(json.dumps([asdict(one) for one in found], indent=1))
        return
    for one in found:
        print(
            f"{one.kind}: {one.core_s:.3f} core seconds an execution, {one.predicted_core_s:.3f} predicted"
            f" ({one.factor:.2f}); {one.a_minute:.0f} executions a minute, {one.predicted_a_minute:.0f} predicted"
        )


if __name__ == "__main__":
    main()
