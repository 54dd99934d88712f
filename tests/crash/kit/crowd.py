"""A crowd of real processes that call one provider through limits and a breaker; run by the tests beside it.

    python crowd.py URL POLICY PROCESSES CALLS PACE_S

One process imports the kit and forks the crowd, so that fifty processes cost fifty forks and not fifty imports. They
begin together. Each prints one line when it begins a call that the breaker let through, and one a call when it ends.
"""

import json
import os
import sys
import time

from kit import http
from kit.breaker import Breaker, BreakerPolicy
from kit.errors import OpsflowsError
from kit.lasting import Lasting

ONCE = http.RetryPolicy(attempts=1, total_s=60, read_s=60)


def work(url: str, policy: BreakerPolicy, calls: int, pace_s: float, begins: float) -> None:
    """One process of the crowd."""
    client = http.Client("acme", url, breaker=Breaker("acme", policy, lasting=Lasting()), policy=ONCE)
    for number in range(calls):
        time.sleep(max(0.0, begins + number * pace_s - time.monotonic()))
        try:
            client.request("GET", f"/{os.getpid()}")
            end = "ok"
        except OpsflowsError as error:
            end = error.code
        os.write(1, f"{os.getpid()} {end}\n".encode())


def main() -> None:
    """Fork the crowd and wait for its end."""
    url, policy, processes, calls, pace_s = sys.argv[1:]
    begins = time.monotonic() + 0.02 * int(processes)
    for _ in range(int(processes)):
        if os.fork() == 0:
            try:
                work(url, BreakerPolicy(**json.loads(policy)), int(calls), float(pace_s), begins)
            finally:
                os._exit(0)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main()
