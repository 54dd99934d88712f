"""A deploy to the local engine: `python -m benchmarks.deploy`. Seconds of a first and of an unchanged one.

`--files 300 --flows 60` fills the checkout up to such a size with made-up ones.
"""

import argparse
import dataclasses
import statistics
import time

from local import engine
from tools.deploy import release, run
from tools.deploy.options import Options
from tools.deploy.release import Flow, Release
from tools.deploy.server import Server, Target

RUNS = 3
FLOW = """\
id: {id}
namespace: opsflows.bench
variables:
  release: {release}
tasks:
  - {{id: log, type: io.kestra.plugin.core.log.Log, message: hello}}
"""


def filled(found: Release, files: int, flows: int) -> Release:
    """The release, with made-up files and flows until there are that many."""
    more_files = {f"scripts/bench/file_{n}.py": b"value = 1\n" * 100 for n in range(files - len(found.files))}
    more_flows = [_flow(found, f"bench_{n}") for n in range(flows - len(found.flows))]
    return dataclasses.replace(found, files=found.files | more_files, flows=found.flows + more_flows)


def _flow(found: Release, flow_id: str) -> Flow:
    source = FLOW.format(id=flow_id, release=found.version)
    path = release.ROOT / "flows/bench" / f"{flow_id}.yaml"
    return Flow("opsflows.bench", flow_id, found.version, source, path)


def seconds(found: Release, server: Server) -> float:
    """How long one deploy takes."""
    started = time.monotonic()
    run.deploy(found, server, Options(migrate=False, smoke=False), say=lambda _line: None)
    return time.monotonic() - started


def first_and_unchanged(found: Release) -> tuple[float, float]:
    """Seconds of the first deploy to an empty engine, and of the next one."""
    running = engine.start()
    try:
        server = Server(Target(running.url, running.config.username, running.config.password))
        return seconds(found, server), seconds(found, server)
    finally:
        running.stop()


def main() -> None:
    """Measure and print medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--flows", type=int, default=0)
    size = parser.parse_args()
    found = filled(release.load(), size.files, size.flows)
    pairs = [first_and_unchanged(found) for _ in range(RUNS)]
    print(f"{len(found.flows)} flows, {len(found.files)} files; medians of {RUNS} on an empty engine")
    print(f"first deploy: {statistics.median(first for first, _ in pairs):.2f} s")
    print(f"unchanged redeploy: {statistics.median(second for _, second in pairs):.2f} s")


if __name__ == "__main__":
    main()
