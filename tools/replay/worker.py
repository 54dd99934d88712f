"""The process that reads: one job a line on standard input, one reading a line on standard output.

It runs with `scripts/` of the release that is tried on its path, and nothing else of that release or of this project.
So it uses only what releases have in common, and imports the rest where it is needed. It knows no database, no sheet
and no chat: who starts it gives it neither their addresses nor their secrets.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from datetime import date
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tickets.extraction.checks import Thresholds
    from tickets.extraction.model import Extraction

READY = {"outcome": "ready"}


def main() -> None:
    """Answer jobs until standard input ends. What libraries print goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _say(answers, _started())
    for line in sys.stdin:
        _say(answers, answer(json.loads(line)))


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Read one receipt; whatever goes wrong is an outcome.

    Args:
        job: `engine` (`boxes`, `ocr` or `model`), `boxes`, `ocr_model`, `answer`, `picture` (base64), `today`,
            `country`, `mode`, `min_score`, `prompt`.

    Returns:
        `outcome`; if it is `ok` also `verdict`, `reasons`, `receipt`, `confidence`, `evidence`, `would_ask`;
        `latency_ms`, and `cost_usd` as text (None: a call that may be billed was not answered).
    """
    started = time.monotonic()
    try:
        found = _read(job)
    except Exception as error:  # noqa: BLE001 - a release that is tried may fail in any way
        found = {"outcome": getattr(error, "code", None) or f"crashed_{type(error).__name__}", "cost_usd": "0"}
    return found | {"latency_ms": round((time.monotonic() - started) * 1000)}


def _read(job: dict[str, Any]) -> dict[str, Any]:
    from tickets.extraction import validate

    limits = validate.Thresholds(min_score=job["min_score"])
    today = date.fromisoformat(job["today"])
    local = _local(job, today)
    asked, would_ask = None, False
    if job["mode"] != "ocr" and (job["mode"] != "rules_first" or _doubtful(local, limits)):
        asked = _asked(job, local) if job["engine"] == "model" else _remembered(job)
        would_ask = asked is None
    failed = asked is not None and asked.attempts[-1].outcome != "ok"
    taken = local if asked is None or failed else _joined(job["mode"], local, asked)
    assessment = validate.assess(taken, today=today, limits=limits)
    return {
        "outcome": asked.attempts[-1].outcome if asked and failed else "ok",
        "verdict": assessment.verdict,
        "reasons": [reason.model_dump(mode="json") for reason in assessment.reasons],
        "receipt": assessment.receipt.model_dump(mode="json"),
        "confidence": dict(taken.confidence),
        "evidence": {name: found.model_dump(mode="json") for name, found in taken.evidence.items()},
        "would_ask": would_ask,
        "cost_usd": _billed(asked) if job["engine"] == "model" else "0",
    }


def _local(job: dict[str, Any], today: date) -> Extraction:
    """What the OCR gives: read again, or the rules over what it read then."""
    from tickets.extraction import confidence, offline, page
    from tickets.extraction.model import Attempt

    if job["engine"] == "ocr":
        read = offline.extract(base64.b64decode(job["picture"]), country=job["country"], today=today)
    else:
        read = offline.from_page(page.from_data(job["boxes"]), country=job["country"], today=today)
        kept = Attempt(provider="ocr", model=job["ocr_model"], outcome="ok", latency_ms=0, raw=job["boxes"])
        read = read.model_copy(update={"attempts": [kept]})
    return read.model_copy(update={"confidence": confidence.of(read)})


def _doubtful(local: Extraction, limits: Thresholds) -> bool:
    from tickets.extraction import checks
    from tickets.extraction.verdict import page_reasons

    return bool(page_reasons(local) or checks.doubts(local, limits))


def _remembered(job: dict[str, Any]) -> Extraction | None:
    """The model's answer as it was recorded, if there is one."""
    from adapters.openai_vision import wire
    from tickets.extraction.model import Attempt, Extraction

    if not job["answer"]:
        return None
    form = wire.WireReceipt.model_validate(job["answer"])
    receipt = wire.to_receipt(form)
    kept = Attempt(provider="vision", model="stored", outcome="ok", latency_ms=0)
    return Extraction(receipt=receipt, scores=wire.to_scores(form, receipt), provider="vision", attempts=[kept])


def _asked(job: dict[str, Any], local: Extraction) -> Extraction:
    """Ask the model now; a failure is an extraction without fields, with the attempt."""
    from adapters import openai_vision
    from kit import secrets, settings, task
    from kit.errors import OpsflowsError, TransientError
    from tickets import asking
    from tickets.extraction.model import Attempt, Extraction, Receipt

    try:
        shown = asking.without_personal_data(base64.b64decode(job["picture"]), local, task.Context())
        key = secrets.get("OPENAI_API_KEY")
        return openai_vision.extract(shown, settings=settings.get(), api_key=key, words=job["prompt"])
    except OpsflowsError as error:
        if "attempt" not in error.details:
            raise
        attempt = Attempt.model_validate(error.details["attempt"])
        if isinstance(error, TransientError) and attempt.cost_usd is None:
            attempt = attempt.model_copy(update={"raw": {"unknown": True}})
        return Extraction(receipt=Receipt(), provider="vision", attempts=[attempt])


def _joined(mode: str, local: Extraction, asked: Extraction) -> Extraction:
    from tickets.extraction import confidence, fusion

    if mode != "vision":
        return fusion.fuse(local, asked)
    return asked.model_copy(update={"confidence": confidence.of(asked), "rotation": local.rotation})


def _billed(asked: Extraction | None) -> str | None:
    if asked is None:
        return "0"
    attempt = asked.attempts[-1]
    unknown = isinstance(attempt.raw, dict) and attempt.raw.get("unknown")
    return None if unknown else str(attempt.cost_usd or 0)


def _started() -> dict[str, Any]:
    try:
        from tickets.extraction import offline, page, validate
    except Exception as error:  # noqa: BLE001 - the caller tells what is wrong with the release
        return {"outcome": "unfit", "message": f"{type(error).__name__}: {error}"}
    return READY | {"files": [str(module.__file__) for module in (offline, page, validate)]}


def _say(answers: TextIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
