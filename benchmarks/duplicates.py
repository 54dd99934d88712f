"""Receipts that are alike, read from their pictures: which are taken for the same one, and which for others.

    python benchmarks/duplicates.py [--groups 20] [--seed 2026]

Each group is a receipt, five others that differ from it in little, and five more pictures of it. Every picture is
compared with every other one of the set. Ends with 1 when two receipts were taken for one (`exact`); a `likely` pair is
only put to a person, as any other doubt.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from tickets.duplicates import Sent, facts  # noqa: E402 - the path comes first
from tickets.extraction import image, offline, validate  # noqa: E402
from tickets.likeness import Facts, compare  # noqa: E402
from tools.samples.alike import Shot, shots  # noqa: E402

TODAY = date(2026, 11, 21)


@dataclass
class Result:
    """Pairs by what they are and what they were taken for."""

    found: Counter[str]
    missed: Counter[str]
    merged: list[str]
    proposed: list[str]
    pictures: int


def read(shot: Shot) -> Facts:
    """What the local OCR reads from a picture."""
    checked = image.check(shot.jpeg)
    extraction = offline.extract(checked.jpeg, country="ES", today=TODAY)
    receipt = validate.assess(extraction, today=TODAY).receipt
    sent = Sent("T-0000000000", "ES.1", datetime.now(UTC), checked.sha256, checked.perceptual_hash)
    return facts(receipt, sent)


def measure(groups: int, seed: int) -> Result:
    """Read the set and compare each picture with those before it."""
    taken = [(shot, read(shot)) for shot in shots(groups, seed)]
    result = Result(Counter(), Counter(), [], [], len(taken))
    for (old_shot, old), (new_shot, new) in itertools.combinations(taken, 2):
        kind = compare(new, old)
        if new_shot.receipt != old_shot.receipt:
            if kind:
                wrong = result.merged if kind == "exact" else result.proposed
                wrong.append(f"{old_shot.variant} and {new_shot.variant}: {kind}\n  {old}\n  {new}")
        elif old_shot.variant == "first":
            result.found[f"{new_shot.variant}: {kind}"] += kind is not None
            result.missed[f"{new_shot.variant}"] += kind is None
            if kind is None:
                print(f"missed {new_shot.variant}\n  {old}\n  {new}", file=sys.stderr)
    return result


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=20)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    result = measure(arguments.groups, arguments.seed)
    found, missed = result.found.total(), result.missed.total()
    print(f"{result.pictures} pictures, each compared with each")
    print(f"two receipts taken for one: {len(result.merged)}; put to a person as likely: {len(result.proposed)}")
    print(f"the same receipt again: {found} of {found + missed} found ({found / (found + missed):.3f})")
    for name, count in sorted((+result.found).items()):
        print(f"  {name}: {count}")
    print("\n".join([*result.merged, *result.proposed]))
    return 1 if result.merged else 0


if __name__ == "__main__":
    sys.exit(main())
