"""Boxes that the local OCR read, kept by the picture's and the reader's digest: rules run again in seconds."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_EXTRACTION = ROOT / "scripts" / "tickets" / "extraction"
_READERS = ("ocr.py", "ocr_engine.py", "faint.py")


def reader_digest() -> str:
    """The digest of what turns a picture into boxes; rules are no part of it."""
    return hashlib.sha256(b"\0".join((_EXTRACTION / name).read_bytes() for name in _READERS)).hexdigest()[:12]


def read(picture: Path, cache: Path) -> dict[str, Any]:
    """Read a picture, or fetch what was read.

    Returns:
        ``page`` as ``Page.as_data`` gives it, ``seconds`` that check and OCR took (and ``processor_seconds``, of
        all threads, which other jobs do not lengthen much), ``fresh`` when they were run now.
    """
    from tickets.extraction import image, ocr

    data = picture.read_bytes()
    kept = cache / f"{hashlib.sha256(data).hexdigest()[:24]}-{reader_digest()}.json"
    if kept.exists():
        return {**json.loads(kept.read_text(encoding="utf-8")), "fresh": False}
    started, busy = time.perf_counter(), time.process_time()
    page = ocr.read(image.check(data).jpeg)
    found = {
        "page": page.as_data(),
        "seconds": round(time.perf_counter() - started, 3),
        "processor_seconds": round(time.process_time() - busy, 3),
    }
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return {**found, "fresh": True}
