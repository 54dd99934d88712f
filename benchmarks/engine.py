"""The engine and a script task: `python -m benchmarks.engine`. Start, memory, and what a task costs before its work."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from local import engine

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5
TASK = "from kit import task\nclass I(task.TaskInputs): pass\ntask.main(I, lambda i, c: {'ok': True})\n"


def start_and_memory() -> tuple[float, float]:
    """Seconds until a warm engine is ready, and its resident memory in MB then."""
    with tempfile.TemporaryDirectory(prefix="opsflows-bench-") as folder:
        started = time.monotonic()
        running = engine.start(engine.EngineConfig(data_dir=Path(folder)))
        seconds = time.monotonic() - started
        shown = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(running.pid)], capture_output=True, text=True, check=True
        ).stdout
        running.stop()
    return seconds, int(shown) / 1024


def task_overhead() -> float:
    """Seconds of a script task that does nothing: interpreter, imports, kit."""
    started = time.monotonic()
    env = {"PYTHONPATH": str(ROOT / "scripts"), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", TASK], env=env, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def main() -> None:
    """Measure and print medians."""
    engine.build()
    starts = [start_and_memory() for _ in range(RUNS)]
    tasks = [task_overhead() for _ in range(4 * RUNS)]
    print(f"engine ready, warm: median {statistics.median(s for s, _ in starts):.1f} s")
    print(f"engine memory: median {statistics.median(m for _, m in starts):.0f} MB")
    print(f"script task, start + imports + kit: median {statistics.median(tasks) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
