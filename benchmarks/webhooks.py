"""How fast webhooks are acknowledged: `python -m benchmarks.webhooks steady [--minutes 5] | burst`.

`steady` posts 200 a minute: one in ten carries a receipt that is read by OCR, the others are the status events that
WhatsApp sends for each answer. `burst` posts 200 messages with a picture at concurrency 20 and waits until each has
its verdict and its answer.
"""

import argparse
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks import load
from kit import db
from local.providers import sender
from tools.stack.stack import Stack

PER_MINUTE = 200
RECEIPT_EVERY = 10
BURST = 200
CONCURRENCY = 20
COUNTS = """
select count(*) as messages, count(*) filter (where state = 'done') as done,
       (select count(*) from ops.effects where key like 'answer:%%' and state = 'done') as answers
from tickets.messages
"""


def steady(running: Stack, minutes: float) -> list[float]:
    """Post at the steady rate; seconds of each acknowledgement."""
    posts = int(PER_MINUTE * minutes)
    receipts = [load.receipt(running) for _ in range(posts // RECEIPT_EVERY)]
    started, taken, lock = time.monotonic(), [], threading.Lock()

    def one(number: int) -> None:
        time.sleep(max(0.0, started + number * 60 / PER_MINUTE - time.monotonic()))
        seconds = _post(running, receipts[number // RECEIPT_EVERY] if number % RECEIPT_EVERY == 0 else None)
        with lock:
            taken.append(seconds)

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(one, range(posts)))
    return taken


def _post(running: Stack, receipt: dict[str, Any] | None) -> float:
    if receipt:
        (delivery,) = running.providers.send(receipt)
    else:
        event = sender.status(f"wamid.{uuid.uuid4().hex}", "delivered", "34600111222")
        (delivery,) = running.providers.send(statuses=[event])
    if delivery["status"] != 200:  # noqa: PLR2004 - HTTP's own number
        raise RuntimeError(f"not acknowledged: {delivery}")
    return float(delivery["elapsed_ms"]) / 1000


def burst(running: Stack) -> tuple[list[float], dict[str, int], float]:
    """Post the burst; seconds of each acknowledgement, what came of it, and the seconds until all was done."""
    messages = [load.tiny(running) for _ in range(BURST)]
    started = time.monotonic()
    deliveries = running.providers.send(*messages, concurrency=CONCURRENCY)
    with db.connect(running.postgres.dsn) as conn:
        while True:
            counts = db.fetch_one(conn, COUNTS) or {}
            if counts["done"] >= BURST or time.monotonic() - started > 600:  # noqa: PLR2004 - ten minutes
                break
            time.sleep(0.5)
    return [delivery["elapsed_ms"] / 1000 for delivery in deliveries], counts, time.monotonic() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["steady", "burst"])
    parser.add_argument("--minutes", type=float, default=5)
    arguments = parser.parse_args()
    with load.stack() as running:
        running.providers.configure(whatsapp={"statuses": []})
        if arguments.kind == "steady":
            taken = steady(running, arguments.minutes)
            print(f"acknowledged at {PER_MINUTE} a minute:", load.summary(taken))
            return
        taken, counts, seconds = burst(running)
        print(f"acknowledged, {BURST} at concurrency {CONCURRENCY}:", load.summary(taken))
        print(
            f"messages {counts['messages']}, done {counts['done']}, answers {counts['answers']}, all in {seconds:.0f} s"
        )


if __name__ == "__main__":
    main()
