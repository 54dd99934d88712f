"""The local engine: `python -m benchmarks.engine`. Seconds of a warm start, and memory."""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from local import engine

RUNS = 5


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


def main() -> None:
    """Measure and print medians."""
    engine.build()
    starts = [start_and_memory() for _ in range(RUNS)]
    print(f"engine ready, warm: median {statistics.median(s for s, _ in starts):.1f} s")
    print(f"engine memory: median {statistics.median(m for _, m in starts):.0f} MB")


if __name__ == "__main__":
    main()
