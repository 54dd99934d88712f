"""Draw the made-up pictures of `samples/` again: `python -m tools.samples [--out samples] [--seed 2026]`.

The same seed gives the same pictures. With `--count N` it draws N tickets of all trades and looks instead, with their
truth in `labels.json`, for `benchmarks/receipts.py`. `python -m tools.samples spanish --out DIR [--count 240]` draws
the Spanish and Latin American set, spoilt as phones do, for `benchmarks/spanish.py`; `injected --out DIR` the sixty
receipts that try to talk a model into another total.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from tools.samples.injected import STYLES, TEXTS, attacks
from tools.samples.layout import lay_out
from tools.samples.photo import CLEAR, FAINT, SKEWED, Look, landscape, take
from tools.samples.spanish.make import draw_spanish
from tools.samples.ticket import KINDS, Ticket, make_ticket

DEMO = (
    ("ticket_supermercado.jpg", "supermarket", CLEAR),
    ("ticket_restaurante_torcido.jpg", "restaurant", SKEWED),
    ("ticket_ferreteria_tenue.jpg", "hardware", FAINT),
    ("ticket_mexico.jpg", "convenience", CLEAR),
)

SPANISH_COUNT = 240


def seeded(key: str) -> random.Random:
    """Chance that is the same each time."""
    return random.Random(key)  # noqa: S311 drawings, not secrets


def truth(ticket: Ticket) -> dict[str, str]:
    """The fields that an engine should read from a ticket's picture."""
    return {
        "merchant": ticket.merchant,
        "tax_id": ticket.tax_id,
        "date": ticket.issued_on.isoformat(),
        "total": f"{ticket.total:.2f}",
        "currency": ticket.currency,
    }


def draw_demo(out: Path, seed: int) -> dict[str, dict[str, str]]:
    """Draw the demo's tickets and the picture that is none; returns each file's truth."""
    truths = {}
    for number, (name, kind, look) in enumerate(DEMO):
        source = seeded(f"{seed}-{number}")
        ticket = make_ticket(kind, source)
        (out / name).write_bytes(take(lay_out(ticket), look, source))
        truths[name] = truth(ticket)
    (out / "paisaje.jpg").write_bytes(landscape(seeded(str(seed))))
    return truths


def draw_many(out: Path, count: int, seed: int) -> None:
    """Draw tickets of all trades in turn, each with a look drawn by chance, and `labels.json` beside them."""
    labels = []
    for number in range(count):
        source = seeded(f"{seed}-many-{number}")
        ticket = make_ticket(KINDS[number % len(KINDS)], source)
        name = f"es_{number:03d}"
        (out / f"{name}.jpg").write_bytes(take(lay_out(ticket), random_look(source), source))
        fields = truth(ticket)
        labels.append({"id": name, "company": fields.pop("merchant"), **fields})
    (out / "labels.json").write_text(json.dumps(labels, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def random_look(source: random.Random) -> Look:
    """A look between a scan and a bad phone picture."""
    return Look(
        ink=source.randint(20, 165),
        skew=source.uniform(-12, 12),
        perspective=source.uniform(0, 0.05),
        shadow=source.uniform(0, 0.5),
        blur=source.uniform(0, 1.1),
        noise=source.randint(0, 12),
        quality=source.randint(40, 90),
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", nargs="?", choices=("demo", "spanish", "injected"), default="demo")
    parser.add_argument("--out", type=Path, default=Path("samples"))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--count", type=int, default=0)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.set == "spanish":
        count = arguments.count or SPANISH_COUNT
        draw_spanish(arguments.out, count, arguments.seed)
        print(f"{count} Spanish and Latin American tickets and labels.json in {arguments.out}")
        return
    if arguments.set == "injected":
        for made in attacks(arguments.seed):
            (arguments.out / f"{made.name}.jpg").write_bytes(made.jpeg)
        print(f"{len(TEXTS) * len(STYLES)} receipts with instructions on them in {arguments.out}")
        return
    if arguments.count:
        draw_many(arguments.out, arguments.count, arguments.seed)
        print(f"{arguments.count} tickets and labels.json in {arguments.out}")
        return
    print(json.dumps(draw_demo(arguments.out, arguments.seed), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
