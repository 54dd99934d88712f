"""A flood of hostile requests, in a process of its own: `python -m benchmarks.edge_hostile PORT HOST RATE SECONDS`.

Half of it comes from one address, half from two hundred. Prints, as JSON, how many were sent and what became of each
kind, by status; "none" means that the edge hung up without an answer. It ends by itself.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator

ONE = "127.0.0.66"
MANY = [f"127.0.3.{number}" for number in range(1, 201)]
PATIENCE_S = 12.0
PER_CONNECTION = 5
# kind: share of the requests
MIX = {
    "forged signature": 40,
    "no signature": 10,
    "wrong path": 28,
    "wrong method": 12,
    "guessed token": 3,
    "body of 20 MB": 4,
    "forged body of 300 kB": 1,
    "slow": 2,
}
SIGNED = f"Content-Type: application/json\r\nX-Hub-Signature-256: sha256={'0' * 64}\r\n"
PATHS = (
    "/",
    "/api/v1/main/flows/search",
    "/ui/login",
    "/.env",
    "//hooks/whatsapp",
    "/hooks/%77hatsapp",
    "/wp-login.php",
)
SMALL = '{"object":"whatsapp_business_account","entry":[]}'


def request(kind: str, host: str) -> bytes:
    """The bytes of one hostile request; of a slow one, those that it sends at once."""
    post = f"POST /hooks/whatsapp HTTP/1.1\r\nHost: {host}\r\n"
    if kind == "forged signature":
        text = f"{post}{SIGNED}Content-Length: {len(SMALL)}\r\n\r\n{SMALL}"
    elif kind == "no signature":
        text = f"{post}Content-Type: application/json\r\nContent-Length: {len(SMALL)}\r\n\r\n{SMALL}"
    elif kind == "wrong path":
        text = f"GET {random.choice(PATHS)} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    elif kind == "wrong method":
        text = f"{random.choice(('PUT', 'DELETE', 'OPTIONS'))} /hooks/whatsapp HTTP/1.1\r\nHost: {host}\r\n\r\n"
    elif kind == "guessed token":
        query = f"hub.mode=subscribe&hub.challenge=1&hub.verify_token={random.random()}"
        text = f"GET /hooks/whatsapp?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    elif kind == "body of 20 MB":
        text = f"{post}{SIGNED}Content-Length: 20000000\r\n\r\n{'x' * 20_000}"
    elif kind == "forged body of 300 kB":
        text = f"{post}{SIGNED}Content-Length: 300000\r\n\r\n{'x' * 300_000}"
    else:
        text = f"{post}{SIGNED}Content-Length: 1000\r\n\r\nx" if random.random() < 1 / 2 else post
    return text.encode()


async def one_connection(kind: str, port: int, host: str, results: Counter[tuple[str, str]]) -> None:
    """Some requests of one kind, one after the other on one connection."""
    source = ONE if random.random() < 1 / 2 else random.choice(MANY)
    answered = 0
    wanted = requests_of(kind)
    writer = None
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        for _ in range(wanted):
            writer.write(request(kind, host))
            head = await reader.readuntil(b"\r\n\r\n")  # no refusal has a body
            results[kind, head[9:12].decode()] += 1
            answered += 1
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        results[kind, "none"] += wanted - answered
    finally:
        if writer:
            writer.transport.abort()


def requests_of(kind: str) -> int:
    """How many requests a connection carries: those that leave it unusable come alone."""
    return 1 if kind in {"body of 20 MB", "slow"} else PER_CONNECTION


def kinds() -> Iterator[str]:
    """Kinds of connections, so that the requests have the shares of the mix."""
    names = list(MIX)
    weights = [share / requests_of(name) for name, share in MIX.items()]
    while True:
        yield random.choices(names, weights)[0]


async def flood(port: int, host: str, rate: float, seconds: float) -> dict[str, object]:
    """Open connections at the rate that makes so many requests a second, whatever becomes of them."""
    results: Counter[tuple[str, str]] = Counter()
    tasks: set[asyncio.Task[None]] = set()
    started, sent, source = time.monotonic(), 0, kinds()
    while (now := time.monotonic() - started) < seconds:
        while sent < now * rate:
            kind = next(source)
            sent += requests_of(kind)
            task = asyncio.create_task(asyncio.wait_for(one_connection(kind, port, host, results), PATIENCE_S))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(0.005)
    elapsed = time.monotonic() - started
    await asyncio.gather(*tasks, return_exceptions=True)
    by_kind: dict[str, dict[str, int]] = {}
    for (kind, status), count in sorted(results.items()):
        by_kind.setdefault(kind, {})[status] = count
    return {"sent": sent, "seconds": round(elapsed, 1), "ended": sum(results.values()), "by_kind": by_kind}


def main() -> None:
    """Flood and print."""
    port, host, rate, seconds = sys.argv[1:]
    random.seed(4)
    print(json.dumps(asyncio.run(flood(int(port), host, float(rate), float(seconds)))))


if __name__ == "__main__":
    main()
