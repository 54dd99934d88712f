"""Shared by the benchmarks: a stack of their own, pictures, percentiles."""

import io
import statistics
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tools.stack.stack import Stack, start

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
RECEIPT = "ticket_supermercado.jpg"


@contextmanager
def stack() -> Iterator[Stack]:
    """A fresh stack in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="opsflows-bench-") as folder:
        running = start(Path(folder))
        try:
            yield running
        finally:
            running.stop()


def receipt(running: Stack, name: str = RECEIPT) -> dict[str, Any]:
    """A message with a real picture of a receipt."""
    return _message(running, (SAMPLES / name).read_bytes(), "image/jpeg")


def tiny(running: Stack) -> dict[str, Any]:
    """A message whose picture is refused unseen: the whole path without the reading."""
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(buffer, "PNG")
    return _message(running, buffer.getvalue(), "image/png")


def _message(running: Stack, content: bytes, mime: str) -> dict[str, Any]:
    media_id = running.providers.add_media(content, mime)["id"]
    one = uuid.uuid4()
    # A sender of its own, because pictures of one sender in one burst share an answer.
    sender = {"wa_id": f"34{one.int % 10**9:09d}", "user_id": f"ES.{one.int % 10**16:016d}"}
    return {"kind": "image", "media_id": media_id, "id": f"wamid.{one.hex}", **sender}


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(values: Sequence[float], unit: str = "s") -> str:
    """Count, median, p95, p99 and maximum in one line."""
    if not values:
        return "no values"
    shown = {"p50": statistics.median(values), "p95": percentile(values, 0.95), "p99": percentile(values, 0.99)}
    return (
        f"n={len(values)}  " + "  ".join(f"{k} {v:.3f} {unit}" for k, v in shown.items()) + f"  max {max(values):.3f}"
    )
