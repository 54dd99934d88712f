"""``python -m local.providers --port N [--state-dir DIR]``: run the sandbox until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import threading
from pathlib import Path

import uvicorn

from local.providers.app import create_app
from local.providers.credentials import generate, load_or_generate
from local.providers.protocol import SandboxProtocol

HOST = "127.0.0.1"
# The model answers by the project's own OCR, which lies there.
SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def main(arguments: list[str] | None = None) -> int:
    """Serve; prints one JSON line when the port answers."""
    options = _parser().parse_args(arguments)
    if str(SCRIPTS) not in sys.path:
        sys.path.append(str(SCRIPTS))
    directory = Path(options.state_dir) if options.state_dir else None
    file = Path(options.credentials) if options.credentials else directory / "credentials.json" if directory else None
    credentials = load_or_generate(file) if file else generate()
    listener = socket.create_server((HOST, options.port))
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    server = _Server(
        uvicorn.Config(
            create_app(credentials, directory / "state" if directory else None),
            http=SandboxProtocol,
            ws="none",
            lifespan="on",
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        ),
        {"ready": True, "url": url, "pid": os.getpid(), "credentials": str(file) if file else None},
    )
    if options.stop_with_stdin:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    asyncio.run(server.serve(sockets=[listener]))
    return 0


class _Server(uvicorn.Server):
    """uvicorn, which says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready_line: dict[str, object]) -> None:
        super().__init__(config)
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(json.dumps(self._ready_line) + "\n")
        sys.stdout.flush()


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    """A parent that dies, however it dies, closes our input."""
    sys.stdin.read()
    server.should_exit = True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.providers", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port (default)")
    parser.add_argument("--state-dir", help="keep what was received there, so that a restart goes on with it")
    parser.add_argument("--credentials", help="file with the made-up credentials; written when it does not exist")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    return parser


if __name__ == "__main__":
    sys.exit(main())
