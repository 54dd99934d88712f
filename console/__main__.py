"""`python -m console [--port 8070]`: serve the web console on this machine alone."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from console import access, identify, people, server
from kit import secrets
from kit.errors import OpsflowsError
from tickets import review_link

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIGURATION_ERROR: Final = 78  # EX_CONFIG of sysexits.h
PORT: Final = 8070


def main(arguments: Sequence[str]) -> int:
    """Serve until the process is asked to end; 78 when a secret or a setting is missing or wrong."""
    parser = argparse.ArgumentParser(prog="python -m console", description="Serve the web console.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; another one in a container only")
    parser.add_argument("--port", type=int, default=PORT, help="port to listen on (%(default)s)")
    parser.add_argument("--secrets", type=Path, help="folder with one file a secret")
    parser.add_argument("--behind-edge", action="store_true", help="believe X-Forwarded-For")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input does")
    given = parser.parse_args(arguments)
    try:
        if given.secrets:
            from console import container

            container.take(given.secrets, os.environ)
        secrets.live(review_link.SECRET)
        secrets.get(access.PASSWORD)
        people.every()
        identify.trusted_networks()
    except OpsflowsError as error:
        print(f"The console does not start. {error}", file=sys.stderr)  # noqa: T201 - read by whoever starts it
        return CONFIGURATION_ERROR
    running = uvicorn.Server(server.config(given.host, given.port, behind_edge=given.behind_edge))
    if given.stop_with_stdin:
        threading.Thread(target=_end_with_stdin, args=(running,), daemon=True).start()
    running.run()
    return 0


def _end_with_stdin(running: uvicorn.Server) -> None:
    """Whoever started the console holds the other end of the pipe: it closes when they end, however they do."""
    sys.stdin.read()
    running.should_exit = True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
