"""What the vision model costs a receipt: the sandbox counts tokens, the price table makes dollars of them.

    python -m benchmarks.model_cost --data DIR [--mode rules_first] [--most 100]

DIR holds pictures (*.jpg). The sandbox answers as a model would and counts tokens by the length of texts and by patches
of 32 pixels; a real model counts otherwise, which `--picture-tokens N` allows for: N more tokens for each picture.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

GOAL_USD = Decimal("0.002")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mode", default="rules_first", choices=["rules_first", "both"])
    parser.add_argument("--most", type=int, default=1000, help="pictures at most")
    parser.add_argument("--picture-tokens", type=int, default=0)
    given = parser.parse_args()
    from local.providers import server

    pictures = sorted(given.data.glob("*.jpg"))[: given.most]
    with server.start() as sandbox:
        os.environ.update({**sandbox.settings(), **sandbox.secrets(), "OPSFLOWS_EXTRACT_MODE": given.mode})
        spent = [_cost(path.read_bytes(), given.picture_tokens) for path in pictures]
    asked = [usd for usd in spent if usd is not None]
    average = sum(asked, Decimal(0)) / len(spent)
    print(f"{len(spent)} receipts, mode {given.mode}: the model was asked for {len(asked)}")
    print(f"{average:.6f} USD a receipt; the goal is at most {GOAL_USD}")
    print(f"{sum(asked, Decimal(0)) / (len(asked) or 1):.6f} USD a call")


def _cost(jpeg: bytes, picture_tokens: int) -> Decimal | None:
    """Read one picture; what the model cost, or None when it was not asked."""
    from adapters.openai_vision import prices
    from kit import task
    from tickets import reading
    from tickets.extraction import image

    with contextlib.redirect_stdout(io.StringIO()):  # the metrics' lines
        found = reading.read(image.check(jpeg).jpeg, task.Context(execution_id="benchmark"))
    for attempt in found.attempts:
        if attempt.provider == "vision":
            usage = prices.Usage((attempt.tokens_in or 0) + picture_tokens, 0, attempt.tokens_out or 0)
            return prices.cost_usd(attempt.model, usage)
    return None


if __name__ == "__main__":
    main()
