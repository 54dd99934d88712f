"""The local engine at work: `python -m benchmarks.engine_load [--seconds 60]`.

One trivial task, a burst of webhooks, acknowledgements beside busy tasks, memory at the end.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from local import engine

TASK = """
  - id: py
    type: io.kestra.plugin.scripts.python.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: SCRIPT
"""
FLOWS = {
    "trivial": 'print("x")',
    "busy": '"import time; end = time.time() + 600\\nwhile time.time() < end: pass"',
}
HOOK = "triggers: [{id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: bench-key, fetchType: STORE}]"
POSTS_A_MINUTE = 200


class Server:
    """A running engine and what this benchmark asks of it."""

    def __init__(self, running: engine.Engine) -> None:
        """Keep a session: a provider keeps its connections as well."""
        self.api = f"{running.url}/api/v1/main"
        self.session = requests.Session()
        self.session.auth = (running.config.username, running.config.password)
        self.session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=32))

    def deploy(self, flow_id: str, script: str) -> None:
        """Create a flow of one Python task with a webhook."""
        source = f"id: {flow_id}\nnamespace: bench\ntasks:{TASK.replace('SCRIPT', script)}{HOOK}\n"
        headers = {"Content-Type": "application/x-yaml"}
        self.session.post(f"{self.api}/flows", data=source, headers=headers).raise_for_status()

    def execute(self, flow_id: str, *, wait: bool) -> str:
        """Start an execution; return its id."""
        answer = self.session.post(f"{self.api}/executions/bench/{flow_id}", params={"wait": str(wait).lower()})
        answer.raise_for_status()
        return str(answer.json()["id"])

    def post(self) -> int:
        """Call the webhook; return the status."""
        return self.session.post(f"{self.api}/executions/webhook/bench/trivial/bench-key", data=b"x" * 2000).status_code

    def succeeded(self) -> int:
        """How many executions of the trivial flow ended well."""
        params = {"filters[flowId][EQUALS]": "trivial", "filters[state][EQUALS]": "SUCCESS", "size": "1"}
        return int(self.session.get(f"{self.api}/executions/search", params=params).json()["total"])


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def show(name: str, seconds: list[float]) -> None:
    """Print the spread of some durations in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    print(f"{name}: p50 {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms")


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB (10^6 bytes)."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


def burst(server: Server) -> None:
    """Post 200 webhooks at concurrency 20 and wait for their executions."""
    before = server.succeeded()
    with ThreadPoolExecutor(20) as pool:
        start = time.perf_counter()
        durations = list(pool.map(lambda _: timed(server.post), range(200)))
    show("burst of 200 at concurrency 20, acknowledgement", durations)
    while server.succeeded() < before + 200:
        time.sleep(0.1)
    print(f"burst of 200, all done after {time.perf_counter() - start:.1f} s, none lost")


def steady(server: Server, seconds: int) -> None:
    """Post at a fixed rate while two tasks keep both cores busy."""
    busy = [server.execute("busy", wait=False) for _ in range(2)]
    durations: list[float] = []
    threads = []
    for _ in range(seconds * POSTS_A_MINUTE // 60):
        threads.append(threading.Thread(target=lambda: durations.append(timed(server.post))))
        threads[-1].start()
        time.sleep(60 / POSTS_A_MINUTE)
    for thread in threads:
        thread.join()
    show(f"{POSTS_A_MINUTE} posts a minute for {seconds} s beside two busy tasks, acknowledgement", durations)
    for execution in busy:
        server.session.delete(f"{server.api}/executions/{execution}/actions/kill")


def main() -> None:
    """Run all measurements on a file-backed engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    seconds = parser.parse_args().seconds
    engine.build()
    with tempfile.TemporaryDirectory() as folder:
        config = engine.EngineConfig(data_dir=Path(folder))
        engine.start(config).stop()
        start = time.perf_counter()
        running = engine.start(config)
        print(f"ready after {time.perf_counter() - start:.1f} s, {resident_mb(running.pid):.0f} MB")
        try:
            server = Server(running)
            for flow_id, script in FLOWS.items():
                server.deploy(flow_id, script)
            show("trivial task end to end", [timed(lambda: server.execute("trivial", wait=True)) for _ in range(30)])
            burst(server)
            steady(server, seconds)
            print(f"memory at the end: {resident_mb(running.pid):.0f} MB")
        finally:
            running.stop()


if __name__ == "__main__":
    main()
