"""Races for rows: so many do the same at once, each on a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import TypeVar

from kit.db import Connection, connect

Round = TypeVar("Round")
Found = TypeVar("Found")


def race(
    dsn: str,
    work: Callable[[Connection, int, Round], Found],
    rounds: Sequence[Round],
    *,
    racers: int,
    before: Callable[[], object] | None = None,
) -> list[Found]:
    """Let all racers begin each round together; the connections are there before, so that all reach the rows at once.

    Args:
        dsn: the database.
        work: what a racer does in a round, with its connection, its number and the round.
        rounds: one after the other; who fails ends the race for all.
        racers: how many.
        before: done once before each round, when all have ended the last one.

    Returns:
        What the racers found, the first one's rounds first.
    """
    together = Barrier(racers, action=before)

    def run(conn: Connection, racer: int) -> list[Found]:
        found = []
        try:
            for each in rounds:
                together.wait(60)
                found.append(work(conn, racer, each))
        except BaseException:
            together.abort()
            raise
        return found

    with ExitStack() as stack, ThreadPoolExecutor(racers) as pool:
        connections = [stack.enter_context(connect(dsn)) for _ in range(racers)]
        return [one for found in pool.map(run, connections, range(racers)) for one in found]
