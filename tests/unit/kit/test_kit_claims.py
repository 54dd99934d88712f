"""A piece of work is done once, by whoever claims it first."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kit import claims, db
from kit.errors import ConflictError

ROOT = Path(__file__).parents[3]


def test_the_first_wins_and_the_others_learn_who_holds_it(conn):
    assert claims.claim(conn, "wa:1", "a", 60) == claims.Claim("won", "a")
    assert claims.claim(conn, "wa:1", "b", 60) == claims.Claim("held", "a")


def test_the_same_holder_takes_its_claim_up_again(conn):
    claims.claim(conn, "wa:1", "a", 60)
    assert claims.claim(conn, "wa:1", "a", 60).state == "won"


def test_what_is_done_stays_done_with_its_result_for_everyone(conn):
    claims.claim(conn, "wa:1", "a", 60)
    claims.complete(conn, "wa:1", "a", {"row": 7, "text": "ñ"})
    for holder in ("a", "b"):
        assert claims.claim(conn, "wa:1", holder, 60) == claims.Claim("done", "a", {"row": 7, "text": "ñ"})


def test_an_expired_lease_is_taken_over_and_the_old_holder_is_told(conn):
    claims.claim(conn, "wa:1", "a", 0)
    assert claims.claim(conn, "wa:1", "b", 60) == claims.Claim("won", "b")
    for late in (lambda: claims.complete(conn, "wa:1", "a", {}), lambda: claims.extend(conn, "wa:1", "a", 60)):
        with pytest.raises(ConflictError) as raised:
            late()
        assert raised.value.code == "claim_lost"
    claims.release(conn, "wa:1", "a")
    assert claims.claim(conn, "wa:1", "a", 60) == claims.Claim("held", "b")


def test_an_extended_lease_is_not_taken_over(conn):
    claims.claim(conn, "wa:1", "a", 0)
    claims.extend(conn, "wa:1", "a", 60)
    assert claims.claim(conn, "wa:1", "b", 60).state == "held"


def test_a_released_claim_is_free_for_anyone(conn):
    claims.claim(conn, "wa:1", "a", 60)
    claims.release(conn, "wa:1", "a")
    assert claims.claim(conn, "wa:1", "b", 60) == claims.Claim("won", "b")


def test_completing_twice_is_harmless(conn):
    claims.claim(conn, "wa:1", "a", 60)
    claims.complete(conn, "wa:1", "a", {"n": 1})
    claims.complete(conn, "wa:1", "a", {"n": 1})
    with pytest.raises(ConflictError):
        claims.extend(conn, "wa:1", "a", 60)


def test_a_claim_and_the_rows_it_guards_commit_together(conn):
    def work() -> None:
        with db.transaction(conn):
            claims.claim(conn, "wa:1", "a", 60)
            db.execute(conn, "insert into ops.counters values ('rows', '2026-01-01', 1)")
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError):
        work()
    assert db.fetch_all(conn, "select * from ops.counters") == []
    assert claims.claim(conn, "wa:1", "b", 60).state == "won"


def test_the_key_is_the_providers_id_not_the_body(conn):
    """Two ids with the same body are two pieces of work; promise 5."""
    won = [claims.claim(conn, f"wa:{message_id}", "a", 60).state for message_id in ("wamid.1", "wamid.2")]
    assert won == ["won", "won"]


def test_a_hundred_threads_with_the_same_message_do_it_once(dsn):
    def arrive(holder: int) -> str:
        with db.connect(dsn) as conn:
            found = claims.claim(conn, "wa:1", f"execution-{holder}", 60)
            if found.state == "won":
                db.execute(conn, "insert into ops.counters values ('row', '2026-01-01', 1)")
                claims.complete(conn, "wa:1", f"execution-{holder}", {})
            return found.state

    with ThreadPoolExecutor(100) as pool:
        states = list(pool.map(arrive, range(100)))
    assert states.count("won") == 1
    with db.connect(dsn) as conn:
        assert db.fetch_one(conn, "select refused, attempts from ops.claims") == {"refused": 99, "attempts": 1}


def test_a_hundred_processes_with_the_same_message_do_it_once(dsn):
    """Twenty processes of five claims each, begun together: 1 effect, 99 recorded as duplicates; promise 4."""
    program = (
        "import sys; from kit import claims, db\n"
        "conns = [db.connect(sys.argv[1]) for _ in range(5)]; print('ready', flush=True); sys.stdin.readline()\n"
        "print(*(claims.claim(c, 'wa:1', f'{sys.argv[2]}-{i}', 60).state for i, c in enumerate(conns)))"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", program, dsn, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(ROOT / "scripts")},
        )
        for number in range(20)
    ]
    assert all(worker.stdout.readline() == "ready\n" for worker in workers)
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    states = " ".join(worker.communicate(timeout=60)[0] for worker in workers).split()
    assert (len(states), states.count("won"), states.count("held")) == (100, 1, 99)
    with db.connect(dsn) as conn:
        assert db.fetch_one(conn, "select refused from ops.claims")["refused"] == 99


def test_takeover_of_an_expired_lease_has_one_winner_too(dsn):
    with db.connect(dsn) as conn:
        claims.claim(conn, "wa:1", "dead", 0)

    def arrive(holder: int) -> str:
        with db.connect(dsn) as conn:
            return claims.claim(conn, "wa:1", str(holder), 60).state

    with ThreadPoolExecutor(30) as pool:
        assert list(pool.map(arrive, range(30))).count("won") == 1
