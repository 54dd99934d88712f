"""What it costs to start a script task: `python benchmarks/task_start.py [--runs N]` prints milliseconds per part.

Each part is a fresh interpreter; the least of N runs is what the machine can do, the median what it did now.
The last line is what the start by run.sh costs, with an environment as large as a production server's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
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


RUN = "scripts/kit/run.sh"
DIRECT = 'exec nice -n 5 python -m "$1"'
# Thirty secrets, one of them as long as a service account's key, and Kestra's configuration.
SERVER = {f"SECRET_NAME_{n}": "QUJDREVGR0g=" * 6 for n in range(29)} | {
    "SECRET_GOOGLE_SERVICE_ACCOUNT": "QUJDREVGR0g=" * 260,
    "KESTRA_CONFIGURATION": "kestra:\n  queue: {type: postgres}\n" * 60,
}


def milliseconds(program: str) -> float:
    """Wall-clock milliseconds of one fresh interpreter that runs `program`."""
    env = {"PYTHONPATH": str(SCRIPTS), "PATH": os.defpath, "INPUT_N": "1"}
    return _timed([sys.executable, "-c", program], env, Path.cwd())


def run_sh(runs: int) -> float:
    """Milliseconds that run.sh adds to a task that does nothing: the least with it less the least without it."""
    with tempfile.TemporaryDirectory() as folder:
        scripts = Path(folder, "release/scripts")
        (scripts / "kit").mkdir(parents=True)
        (scripts / "kit/run.sh").write_bytes((SCRIPTS / "kit/run.sh").read_bytes())
        (scripts / "nothing.py").touch()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
        env = {"PATH": path, "OPSFLOWS_RELEASE": "release", "PYTHONPATH": "release/scripts", **SERVER}
        by_script = ["sh", "-c", f'set -e\nexec sh "$OPSFLOWS_RELEASE/{RUN}" nothing']
        direct = ["sh", "-c", f"set -e\n{DIRECT}", "sh", "nothing"]
        # By turns, so that what else the machine does falls on both.
        pairs = [(_timed(by_script, env, Path(folder)), _timed(direct, env, Path(folder))) for _ in range(runs)]
    return min(pair[0] for pair in pairs) - min(pair[1] for pair in pairs)


def _timed(command: list[str], env: dict[str, str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=env, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure every part and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    for part, program in PARTS.items():
        times = [milliseconds(program) for _ in range(runs)]
        print(f"{part:45} least {min(times):6.0f} ms   median {statistics.median(times):6.0f} ms")
    print(f"{'run.sh, on top of each':45} {run_sh(2 * runs):12.1f} ms")


if __name__ == "__main__":
    main()
