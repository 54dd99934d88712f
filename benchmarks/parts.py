"""How surely several receipts in one picture are told apart, on the boxes of real ones put side by side or stacked.

    python benchmarks/parts.py --data DIR --pairs 100

Prints how many single receipts are taken for several, and for random pairs on one page: how many are seen to be
several, how many are told apart with each text on its own side, and how many are told apart wrongly.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

if TYPE_CHECKING:
    from tickets.extraction.page import Box, Page

_SEED = 5
_SLACK = 26  # pixels of margin that a place may have on the other side of the seam


def pages(folder: Path) -> list[Page]:
    """Read every picture of a folder, or take what was read before (`Page.as_data` as JSON files)."""
    from tickets.extraction import image, ocr
    from tickets.extraction.page import from_data

    kept = [from_data(json.loads(path.read_text())) for path in sorted(folder.glob("*.json")) if path.stem != "labels"]
    return kept or [ocr.read(image.check(path.read_bytes()).jpeg) for path in sorted(folder.glob("*.jpg"))]


def joined(one: Page, other: Page, axis: int) -> tuple[Page, int]:
    """Two pages on one, side by side (0) or under each other (1), and where the seam is."""
    from tickets.extraction.page import page_of

    size = (one.width, one.height)
    shift = (size[0], 0) if axis == 0 else (0, size[1])
    boxes = [*one.boxes, *(_moved(box, *shift) for box in other.boxes)]
    width = one.width + other.width if axis == 0 else max(one.width, other.width)
    height = one.height + other.height if axis == 1 else max(one.height, other.height)
    return page_of(boxes, width=width, height=height), size[axis]


def _moved(box: Box, across: int, down: int) -> Box:
    from tickets.extraction.page import Box

    return Box(box.text, box.score, tuple((x + across, y + down) for x, y in box.polygon))


def measure(found: list[Page], pairs: int, axis: int, today: date) -> dict[str, int]:
    """Count what becomes of random pairs."""
    from tickets.extraction import parts

    choose = random.Random(_SEED)
    counts = {"seen": 0, "told_apart": 0, "wrong": 0}
    for _ in range(pairs):
        whole, seam = joined(*choose.sample(found, 2), axis)
        several = parts.find(whole, country="ES", today=today)
        if several is None:
            continue
        counts["seen"] += 1
        places = several.places
        right = len(places) == 2 and places[0][axis + 2] <= seam + _SLACK and places[1][axis] >= seam - _SLACK  # noqa: PLR2004
        counts["told_apart"] += several.clear and right
        counts["wrong"] += several.clear and not right
    return counts


def main() -> None:
    """Command line."""
    from tickets.extraction import parts

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with pictures of one receipt each, or their pages"
    )
    parser.add_argument("--pairs", type=int, default=100)
    arguments = parser.parse_args()
    today = datetime.now(UTC).date()
    found = pages(arguments.data)
    several = sum(parts.find(page, country="ES", today=today) is not None for page in found)
    print(f"single: {len(found)}, taken for several: {several}")
    print("side by side:", measure(found, arguments.pairs, 0, today))
    print("under each other:", measure(found, arguments.pairs, 1, today))


if __name__ == "__main__":
    main()
