"""Read a folder of receipts and write one prediction a line, for the scorer that lies beside the pictures.

    python benchmarks/receipts.py --data DIR --engine ocr --out predictions.jsonl
    python DIR/score.py DIR/labels.json predictions.jsonl

Each line has `id`, `company`, `date`, `total`, `verdict` and `seconds` (picture check, OCR, rules and verdict of one
picture; the engine is built before). With `--part tune` or `--part report` only that part of the pictures is read:
the hash of the id decides, 60 % are for tuning and 40 % for reporting, and only the first are looked at for new rules.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import statistics
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

TUNE_SHARE = 60
# The set is years old; what is measured here is reading, not whether a receipt can still be booked.
ANY_AGE_DAYS = 36_500


def part_of(key: str) -> str:
    """Tell to which part a picture belongs."""
    return "tune" if int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100 < TUNE_SHARE else "report"


def predict(picture: Path, country: str, today: date) -> dict[str, Any]:
    """Read one picture."""
    from kit.errors import RefusedInputError
    from tickets.extraction import image, offline, validate

    started = time.perf_counter()
    try:
        checked = image.check(picture.read_bytes())
    except RefusedInputError as error:
        return {
            "id": picture.stem,
            "company": None,
            "date": None,
            "total": None,
            "verdict": "reject",
            "code": error.code,
        }
    extraction = offline.extract(checked.jpeg, country=country, today=today)
    assessment = validate.assess(extraction, today=today, limits=validate.Thresholds(max_age_days=ANY_AGE_DAYS))
    receipt = assessment.receipt
    return {
        "id": picture.stem,
        "company": receipt.merchant,
        "date": receipt.issued_on.isoformat() if receipt.issued_on else None,
        "total": None if receipt.total is None else str(receipt.total),
        "verdict": assessment.verdict,
        "seconds": round(time.perf_counter() - started, 3),
        "tax_id": receipt.tax_id,
        "currency": receipt.currency,
        "lines": str(sum(line.amount for line in receipt.lines if line.amount is not None)),
        "reasons": [reason.code for reason in assessment.reasons],
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the pictures (*.jpg, *.jpeg, *.png)")
    parser.add_argument("--engine", choices=["ocr"], default="ocr")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=["all", "tune", "report"], default="all")
    parser.add_argument("--country", default="ES", help="assumed where a receipt tells none")
    arguments = parser.parse_args()
    pictures = sorted(path for path in arguments.data.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    pictures = [path for path in pictures if arguments.part in {"all", part_of(path.stem)}]
    built = _build_engine()
    today = datetime.now(tz=UTC).date()
    with arguments.out.open("w", encoding="utf-8") as file:
        rows = []
        for path in pictures:
            rows.append(predict(path, arguments.country, today))
            file.write(json.dumps(rows[-1], ensure_ascii=False) + "\n")
    seconds = [row["seconds"] for row in rows if "seconds" in row]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(rows)} pictures, engine built in {built:.2f} s, peak memory {peak} MB")
    if seconds:
        print(f"seconds a picture: median {statistics.median(seconds):.2f}, max {max(seconds):.2f}")


def _build_engine() -> float:
    """Import and load the OCR engine; returns the seconds it took."""
    from tickets.extraction import ocr_engine

    started = time.perf_counter()
    ocr_engine.engine()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
