"""Read the project's own Spanish and Latin American receipts with local OCR alone, and print how well.

    python -m benchmarks.spanish [--count 240] [--seed 2026] [--part report] [--misses total]

The pictures are drawn into `.cache/spanish` (`tools/samples/spanish`), read once by one engine, and their boxes kept:
a second run measures the rules in seconds. The hash of the id cuts the set: rules are looked at on `tune` only. A
receipt's lines count as right when their amounts add up to those printed.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from benchmarks import box_cache  # noqa: E402 after the path is set
from benchmarks.receipts import part_of  # noqa: E402 same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tickets.extraction.model import Receipt

CACHE = ROOT / ".cache" / "spanish"
TODAY = date(2026, 11, 21)  # after every ticket of the set, so that a run next year gives the same
SHOWN = (
    "total", "date", "tax_id", "lines", "merchant", "taxes", "currency", "time", "number", "payment", "tip", "discount",
    "accepted",
)  # fmt: skip
_ALIKE = 0.90
Row = dict[str, Any]

# Name -> whether a picture has much of it.
DEGRADATIONS: dict[str, Callable[[Row], bool]] = {
    "skew above 8°": lambda applied: abs(applied["skew"]) > 8,  # noqa: PLR2004 the name says it
    "perspective above 5 %": lambda applied: applied["perspective"] > 0.05,  # noqa: PLR2004 same
    "blur above 1 px": lambda applied: applied["blur"] > 1.0,
    "moved": lambda applied: applied["motion"] > 0,
    "less than 80 % of the width": lambda applied: applied["fill"] < 0.8,  # noqa: PLR2004 same
    "shadow above 35 %": lambda applied: applied["shadow"] > 0.35,  # noqa: PLR2004 same
    "folds": lambda applied: applied["folds"] > 0,
    "curl": lambda applied: applied["curl"] > 0,
    "faint print": lambda applied: applied["dropout"] > 0,
    "JPEG quality 40": lambda applied: applied["quality"] == 40,  # noqa: PLR2004 same
}


def draw(count: int, seed: int) -> Path:
    """Draw the set, unless the same drawing code did already; returns its folder."""
    import hashlib

    from tools.samples.spanish.make import draw_spanish

    code = sorted((ROOT / "tools" / "samples" / "spanish").glob("*.py"))
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in code)).hexdigest()[:12]
    folder = CACHE / f"{count}-{seed}-{digest}"
    if not (folder / "labels.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        draw_spanish(folder, count, seed)
    return folder


def score(truth: Row, found: Receipt, verdict: str) -> dict[str, bool]:
    """Which fields are right."""
    rates = {(Decimal(tax["rate"]), Decimal(tax["amount"])) for tax in truth["taxes"]}
    amounts = [line.amount for line in found.lines if line.amount is not None]
    return {
        "total": found.total == Decimal(truth["total"]),
        "date": found.issued_on is not None and found.issued_on.isoformat() == truth["date"],
        "tax_id": _bare(found.tax_id) == truth["tax_id"],
        "lines": sum(amounts, Decimal(0)) == Decimal(truth["line_sum"]),
        "merchant": SequenceMatcher(None, _words(found.merchant), _words(truth["merchant"])).ratio() >= _ALIKE,
        "taxes": {(tax.rate, tax.amount) for tax in found.taxes} == rates,
        "currency": found.currency == truth["currency"],
        "time": (found.issued_time.isoformat("minutes") if found.issued_time else None) == truth["time"],
        "number": _bare(found.document_number) == _bare(truth["document_number"]),
        "payment": found.payment_method == truth["payment_method"],
        "tip": (found.tip or 0) == Decimal(truth["tip"] or 0),
        "discount": (found.discount or 0) == Decimal(truth["discount"] or 0),
        "accepted": verdict == "accept",
    }


def _bare(text: str | None) -> str:
    """Letters and digits alone."""
    return re.sub(r"[^A-Z0-9]", "", (text or "").upper())


def _words(text: str | None) -> str:
    """Case-folded words."""
    return " ".join(re.sub(r"[^\w\s]", " ", (text or "").casefold()).split())


def measure(folder: Path, part: str) -> list[Row]:
    """Read the pictures of a part and score them."""
    from tickets.extraction import rules, validate
    from tickets.extraction.page import from_data

    rows = []
    for truth in json.loads((folder / "labels.json").read_text(encoding="utf-8")):
        if part not in {"all", part_of(truth["id"])}:
            continue
        read = box_cache.read(folder / f"{truth['id']}.jpg", CACHE / "boxes")
        extraction = rules.extract(from_data(read["page"]), country="ES", today=TODAY)
        assessment = validate.assess(extraction, today=TODAY, limits=validate.Thresholds())
        right = score(truth, assessment.receipt, assessment.verdict)
        rows.append({"truth": truth, "found": assessment.receipt, "text": extraction.text, "right": right, **read})
    return rows


def table(title: str, groups: Iterable[tuple[str, list[Row]]]) -> None:
    """Print shares of right fields, a group a row."""
    print(f"\n| {title} | n | " + " | ".join(SHOWN) + " |")
    print("|---" * (len(SHOWN) + 2) + "|")
    for name, rows in groups:
        shares = (statistics.mean(row["right"][field] for row in rows) for field in SHOWN)
        print(f"| {name} | {len(rows)} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")


def report(rows: list[Row]) -> None:
    """Print everything."""
    parts, layouts = defaultdict(list), defaultdict(list)
    for row in rows:
        parts[part_of(row["truth"]["id"])].append(row)
        layouts[row["truth"]["layout"]].append(row)
    table("part", [*sorted(parts.items(), reverse=True), ("all", rows)])
    table("layout", sorted(layouts.items()))
    spoilt = ((name, [row for row in rows if much(row["truth"]["applied"])]) for name, much in DEGRADATIONS.items())
    table("with", [(name, group) for name, group in spoilt if group])
    accepted = [row for row in rows if row["right"]["accepted"]]
    right = statistics.mean(row["right"]["total"] for row in accepted) if accepted else 0
    seconds = [row["seconds"] for row in rows]
    busy = [row["processor_seconds"] for row in rows if "processor_seconds" in row]
    fresh = sum(row["fresh"] for row in rows)
    print(f"\naccepted without review {len(accepted)} of {len(rows)}, their totals right {right:.3f}")
    print(f"seconds a picture (check and OCR): median {statistics.median(seconds):.2f}, max {max(seconds):.2f}")
    if busy:
        print(f"processor seconds a picture, all threads: median {statistics.median(busy):.2f} of {len(busy)} pictures")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory {peak} MB; {fresh} pictures read now, {len(rows) - fresh} from the boxes kept")


def misses(rows: list[Row], field: str) -> None:
    """Print the receipts of the tune part whose field is wrong, as they were read."""
    for row in rows:
        if row["right"][field] or part_of(row["truth"]["id"]) != "tune":
            continue
        truth = {name: value for name, value in row["truth"].items() if name not in {"lines", "applied"}}
        print(f"\n=== {row['truth']['id']}\n{truth}\n{row['found'].model_dump_json(exclude_none=True)}\n{row['text']}")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--part", choices=["all", "tune", "report"], default="all")
    parser.add_argument(
        "--misses", choices=SHOWN, help="print what was read where this field is wrong (tune part only)"
    )
    arguments = parser.parse_args()
    rows = measure(draw(arguments.count, arguments.seed), arguments.part)
    if arguments.misses:
        misses(rows, arguments.misses)
    else:
        report(rows)


if __name__ == "__main__":
    main()
