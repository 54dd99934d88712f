"""What it costs to start a script task: `python benchmarks/task_start.py [--runs N]` prints milliseconds per part.

Each part is a fresh interpreter; the least of N runs is what the machine can do, the median what it did now.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "scripts"
TASK = """
from kit import task
class Inputs(task.TaskInputs):
    n: int
task.main(Inputs, lambda inputs, ctx: {"n": inputs.n})
"""
PARTS = {
    "interpreter alone": "pass",
    "a whole task (kit.task, inputs, outputs)": TASK,
    "same, and it logs (structlog)": TASK.replace(
        "lambda inputs, ctx: {", "lambda inputs, ctx: ctx.log.info('x') or {"
    ),
    "same, and the database (kit.db)": "import kit.db\n" + TASK,
    "same, and HTTP (kit.http)": "import kit.http\n" + TASK,
    "for comparison: import kestra": "import kestra",
}


def milliseconds(program: str) -> float:
    """Wall-clock milliseconds of one fresh interpreter that runs `program`."""
    env = {"PYTHONPATH": str(SCRIPTS), "PATH": os.defpath, "INPUT_N": "1"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure every part and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    for part, program in PARTS.items():
        times = [milliseconds(program) for _ in range(runs)]
        print(f"{part:45} least {min(times):6.0f} ms   median {statistics.median(times):6.0f} ms")


if __name__ == "__main__":
    main()
