"""Fit the confidences of the local OCR on labelled receipts, and say how reliable they are.

    python -m tools.calibrate --data DIR --cache DIR2 --currency MYR

DIR holds `labels.json` (a list of objects with `id`, `company`, `date`, `total`) and `<id>.jpg`; pages read are kept in
DIR2. Weights and thresholds come from the tune part only (benchmarks/receipts.py cuts the parts); the figures of the
report part are only printed. Without `--dry-run` the table namespace_files/config/calibration.json and the plot
docs/images/calibration.svg are written.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickets.extraction import confidence
from tools.calibrate import fit, report
from tools.calibrate.observe import LABELS, Observation, observe

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
PLOT = ROOT / "docs/images/calibration.svg"
PRECISION = 0.99
# The totals are what people are paid by: theirs follows from the data. The others are a choice.
CHOSEN = {"issued_on": 0.9, "merchant": 0.75, "currency": 0.65}
# Not fitted: a model's answers are not ours to collect. docs/extraction.md says why these.
ASSUMED = {"total": {"bias": -1.0, "score": 1.0, "sums": 1.3863}}
AGREEMENT, MOST = 4.0, 0.999


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with labels.json and pictures")
    parser.add_argument("--cache", type=Path, required=True, help="folder for the pages read")
    parser.add_argument("--currency", help="ISO 4217 code of all of them, where the labels have none")
    parser.add_argument("--dry-run", action="store_true", help="print only")
    given = parser.parse_args(arguments)
    seen = observe(given.data, given.cache, given.currency)
    made = table(seen, given.data.name)
    panels = {field: _figures(seen, field, made) for field in LABELS if any(row.field == field for row in seen)}
    if not given.dry_run:
        target = ROOT / "namespace_files" / confidence.CALIBRATION_FILE
        target.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
        PLOT.write_text(report.plot(panels), encoding="utf-8")


def table(seen: Sequence[Observation], name: str) -> dict[str, Any]:
    """The table that is committed, from the tune part of what was seen."""
    tune = [row for row in seen if row.part == "tune"]
    weights = {field: fit.fit(tune, field) for field in LABELS}
    totals = [row for row in tune if row.field == "total"]
    chances = [_chance(row, weights["total"]) for row in totals]
    least = fit.threshold(chances, [row.right for row in totals], PRECISION)
    return {
        "fitted_on": f"tune part of the labelled folder {name}: {len({row.key for row in tune})} pictures",
        "engines": {"ocr": weights, "vision": ASSUMED},
        "agreement": AGREEMENT,
        "most": MOST,
        "thresholds": {"total": least, **CHOSEN},
    }


def _figures(seen: Sequence[Observation], field: str, made: dict[str, Any]) -> dict[str, list[report.Bin]]:
    """Print a field's reliability by part; returns the bins for the plot."""
    found = {}
    for part in ("tune", "report"):
        rows = [row for row in seen if row.part == part and row.field == field]
        if not rows:
            continue
        chances, right = [_chance(row, made["engines"]["ocr"][field]) for row in rows], [row.right for row in rows]
        taken = [hit for chance, hit in zip(chances, right, strict=True) if chance >= made["thresholds"][field]]
        print(
            f"{field:10} {part:7} read {len(rows):3}  right {sum(right) / len(rows):.3f}"
            f"  mean confidence {sum(chances) / len(rows):.3f}  ECE {report.ece(chances, right):.3f}"
            f"  Brier {report.brier(chances, right):.4f}  threshold {made['thresholds'][field]:.3f}"
            f"  taken {len(taken) / len(rows):.3f}  right of those {sum(taken) / (len(taken) or 1):.3f}"
        )
        found[part] = report.bins(chances, right)
    return found


def _chance(row: Observation, weights: dict[str, float]) -> float:
    return confidence.probability(sum(weight * row.features[name] for name, weight in weights.items()))


if __name__ == "__main__":
    main()
