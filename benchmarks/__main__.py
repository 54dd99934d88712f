"""`make bench`: every figure of docs/figures.md that needs no data from elsewhere, one after the other."""

import subprocess
import sys

COMMANDS = (
    ["benchmarks.engine_load", "--seconds", "40"],
    ["benchmarks.task_start"],
    ["benchmarks.deploy", "--files", "300", "--flows", "60"],
    ["benchmarks.deploy_under_load"],
    ["benchmarks.alerts", "storm"],
    ["benchmarks.alerts", "latency"],
    ["benchmarks.backup"],
    ["benchmarks.capacity"],
    ["benchmarks.etl"],
    ["benchmarks.latency"],
    ["benchmarks.metrics"],
    ["benchmarks.monthly"],
    ["benchmarks.privacy"],
    ["benchmarks.leads", "collector"],
    ["benchmarks.leads", "latency"],
    ["benchmarks.leads_sync"],
    ["benchmarks.console"],
    ["benchmarks.edge", "latency"],
    ["benchmarks.edge", "flood"],
    ["benchmarks.watch"],
    ["benchmarks.webhooks", "burst"],
    ["benchmarks.webhooks", "steady"],
)


def main() -> int:
    """Run them all; the first failure's exit code."""
    for command in COMMANDS:
        print(f"\n== python -m {' '.join(command)}", flush=True)
        code = subprocess.run([sys.executable, "-m", *command], check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
