"""Ports of 127.0.0.1: free ones, and whether one is free."""

import socket
import time

HOST = "127.0.0.1"


def free() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: connections that ended a moment ago do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def becomes_free(port: int, within_s: float) -> bool:
    """Whether a server can listen on the port now or soon; a killed process keeps its sockets for a moment."""
    ends = time.monotonic() + within_s
    while not is_free(port):
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True
