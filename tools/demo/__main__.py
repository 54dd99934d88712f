"""`python -m tools.demo [--once]`: ten signed webhooks through the whole path, on this machine alone."""

import shutil
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kit import db
from kit.errors import OpsflowsError
from local import postgres
from local.engine import EngineError
from local.engine_build import BuildError
from tickets import review_link
from tools.demo import documents, posts, report
from tools.deploy.run import DeployError
from tools.stack import processes
from tools.stack.stack import ENGINE_MARKER, Stack, start

HOME = Path(".stack/demo").resolve()
ENGINE_PID = HOME / "engine.pid"
FINISH_WITHIN_S = 150


def main(arguments: list[str]) -> int:
    """Run the demo; 0 when every ticket ended as it should."""
    once = arguments == ["--once"]
    if arguments and not once:
        print("usage: python -m tools.demo [--once]", file=sys.stderr)
        return 2
    try:
        with _running() as stack:
            complete = show(stack)
            if not once:
                _until_interrupted(stack)
    except (OpsflowsError, BuildError, EngineError, DeployError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if complete else 1


@contextmanager
def _running() -> Iterator[Stack]:
    started = time.monotonic()
    print("Starting Postgres, the Kestra engine and the provider sandbox …", flush=True)
    _clear()
    stack = start(HOME, console_port=0)
    ENGINE_PID.write_text(str(stack.engine.pid), encoding="utf-8")
    try:
        print(f"ready and deployed in {time.monotonic() - started:.1f} s\n", flush=True)
        yield stack
    finally:
        stack.stop()


def _clear() -> None:
    """Begin afresh, so that what is shown is of this run; a demo that was killed may have left its processes."""
    if ENGINE_PID.exists():
        processes.end(int(ENGINE_PID.read_text(encoding="utf-8")), ENGINE_MARKER)
    postgres.stop(HOME / "postgres")
    shutil.rmtree(HOME, ignore_errors=True)


def show(stack: Stack) -> bool:
    """Send the ten webhooks, follow the tickets to their end, and say what came of each."""
    sent = posts.prepare(stack.providers, uuid.uuid4().hex)
    print("Ten signed webhooks, as WhatsApp sends them:", flush=True)
    for post in sent:
        (delivery,) = stack.providers.send(**post.options)
        print(f"  {post.file:32} {post.what:22} acknowledged {delivery['status']} in {delivery['elapsed_ms']:.0f} ms")
    tickets = sent[: len(posts.PICTURES)]
    print("\nEach line is a ticket whose sender has the answer; seconds since its webhook was accepted:\n")
    print(report.header(), flush=True)
    finished = list(_follow(stack, tickets))
    _show_rest(stack, len(finished), documents.show(stack, finished))
    kept = [row for row in finished if row["verdict"] != "reject"]
    return len(finished) == len(tickets) and len(_rows(stack)) == len(kept)


def _follow(stack: Stack, tickets: list[posts.Post]) -> Iterator[dict[str, Any]]:
    """Yield each ticket's row when it is finished, and print it."""
    ends = time.monotonic() + FINISH_WITHIN_S
    waiting = list(tickets)
    with db.connect(stack.postgres.dsn) as conn:
        while waiting and time.monotonic() < ends:
            for post in list(waiting):
                row = report.result(conn, post)
                if row and row["state"] in ("done", "failed"):
                    waiting.remove(post)
                    print(report.line(post, row), flush=True)
                    yield row
            time.sleep(0.2)
    for post in waiting:
        print(f"{post.file}: not finished after {FINISH_WITHIN_S} s", flush=True)


def _rows(stack: Stack) -> list[list[Any]]:
    """The sheet without its header."""
    return stack.providers.rows()[1:]


def _show_rest(stack: Stack, finished: int, shown: int) -> None:
    state = stack.providers
    with db.connect(stack.postgres.dsn) as conn:
        repeated = db.fetch_all(conn, "select 1 from tickets.deliveries where duplicate")
    print(
        f"\n{finished} tickets: {len(_rows(stack))} rows in the sheet, {shown} documents, "
        f"{len(state.cards())} Slack cards, {len(state.outbox())} answers. "
        f"{len(repeated)} repeated delivery made nothing twice; the forged one had no effect."
    )
    print("\n".join(_places(stack)), flush=True)


def _places(stack: Stack) -> list[str]:
    return [
        "",
        "Where to look",
        f"  the sheet, the chat, the cards, the documents   {stack.sandbox.base_url}/",
        *_console(stack),
        f"  Kestra's API, user {stack.config.username}    {stack.engine.url}/api/v1/main/flows/search",
        f"  the password of both                            {HOME / 'password.json'}",
        f"  the rows in Postgres                            psql {stack.postgres.dsn}",
    ]


def _console(stack: Stack) -> list[str]:
    """Where the console is, and a signed link to a review that waits, if one does."""
    if stack.console is None:
        return []
    with db.connect(stack.postgres.dsn) as conn:
        waiting = db.fetch_one(conn, "select review_id, expires_at from tickets.reviews where state = 'open' limit 1")
    shown = [f"  the console, sign in as opsflows                {stack.console.url}/"]
    if waiting:
        secret = stack.credentials.console_key
        token = review_link.sign(waiting["review_id"], by="demo", expires_at=waiting["expires_at"], secret=secret)
        shown.append(f"  a doubtful receipt, for you to decide           {stack.console.url}{review_link.PATH}{token}")
    return shown


def _until_interrupted(stack: Stack) -> None:
    print("\nThe stack stays up. Ctrl-C ends it.", flush=True)
    try:
        while stack.is_alive():
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nending …")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(sys.argv[1:]))
