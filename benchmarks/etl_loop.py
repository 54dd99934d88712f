"""What it would cost to work on chunks in the iterations of a Loop: `python -m benchmarks.etl_loop`.

Each iteration is a task whose Python imports what no task of ours does without, and does nothing; two at a time.
"""

import os

from benchmarks import places
from benchmarks.flow_runs import Engine, between

LOOP = """
id: bench_loop
namespace: opsflows.etl
inputs:
  - id: count
    type: INT
tasks:
  - id: each_one
    type: io.kestra.plugin.core.flow.Loop
    values: "{{ range(1, inputs.count) | toJson }}"
    concurrencyLimit: 2
    tasks:
      - id: one_task
        type: io.kestra.plugin.scripts.python.Commands
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        commands:
          - python -c 'import pydantic, psycopg2'
"""


def main() -> None:
    """The first line warms up."""
    with places.stack() as (stack, _):
        engine = Engine(stack)
        engine.deploy(LOOP)
        print("| iterations | seconds | seconds each | load |\n| --- | --- | --- | --- |")
        for count in (1, 1, 2, 16, 100):
            execution = engine.run("opsflows.etl/bench_loop", count=str(count))
            if execution["state"]["current"] != "SUCCESS":
                raise SystemExit(f"{count} iterations ended as {execution['state']}")
            seconds = between(execution["state"])
            print(f"| {count} | {seconds:.2f} | {seconds / count:.2f} | {os.getloadavg()[0]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
