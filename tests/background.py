"""Servers of tests, at work in a thread of their own."""

import threading
from socketserver import BaseServer


def serve(server: BaseServer) -> None:
    """Let a server work until its `shutdown`, which takes effect at once and not at the end of half a second."""
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
