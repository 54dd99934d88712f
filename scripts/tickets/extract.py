"""Task: read the picture with the engines in their order, check what they read, and record the verdict."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kit import dates, db, logging, secrets, settings, task
from kit.errors import ConfigurationError, OpsflowsError
from tickets import store, verdicts
from tickets.extraction import validate
from tickets.extraction.model import Attempt, Extraction, Provider
from tickets.fetch import IMAGE_FILE

Engine = Callable[[bytes], Extraction]


class Inputs(task.TaskInputs):
    """The ticket whose picture lies in the working directory."""

    ticket_id: str


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Read, assess and record; a ticket that has its verdict already keeps it.

    Returns:
        `verdict`, `provider` and the codes of the `reasons`.
    """
    with db.connect() as conn:
        known = store.ticket(conn, inputs.ticket_id)
    if known:
        return _summary(known["verdict"], known["provider"], [reason["code"] for reason in known["reasons"]])
    jpeg = Path(IMAGE_FILE).read_bytes()
    extraction = read(jpeg, ctx)
    limits = validate.Thresholds(min_score=float(settings.get().review_min_score))
    assessment = validate.assess(extraction, today=dates.today(), limits=limits)
    with db.connect() as conn, db.transaction(conn):
        digest = hashlib.sha256(jpeg).hexdigest()
        verdicts.record(conn, inputs.ticket_id, extraction, assessment, digest, ctx)
    ctx.counter("tickets_read", 1, verdict=assessment.verdict, provider=extraction.provider)
    return _summary(assessment.verdict, extraction.provider, [reason.code for reason in assessment.reasons])


def _summary(verdict: str, provider: str | None, reasons: list[str]) -> dict[str, Any]:
    return {"verdict": verdict, "provider": provider, "reasons": reasons}


def read(jpeg: bytes, ctx: task.Context) -> Extraction:
    """Try the engines in the order of the setting; the first that reads the picture wins.

    Raises:
        ConfigurationError: the order names no engine that can be used.
        OpsflowsError: the last engine failed; its own error.
    """
    failed: list[Attempt] = []
    error: OpsflowsError = ConfigurationError(
        "No extraction engine can be used.",
        code="no_engine",
        next_action="Set OPSFLOWS_EXTRACT_ORDER to `ocr`, or set the secret OPENAI_API_KEY.",
    )
    for name, engine in _engines():
        started = time.monotonic()
        try:
            extraction = engine(jpeg)
        except OpsflowsError as raised:
            error = raised
            failed.append(_attempt(name, raised.code, started))
            logging.get(__name__).warning("extraction.engine_failed", engine=name, code=raised.code)
            continue
        ctx.timer("extraction_seconds", time.monotonic() - started, engine=name)
        made = extraction.attempts or [_attempt(name, "ok", started, raw={"text": extraction.text})]
        return extraction.model_copy(update={"attempts": failed + made})
    raise error


def _engines() -> list[tuple[str, Engine]]:
    usable: dict[str, Engine] = {"ocr": _ocr}
    if secrets.optional("OPENAI_API_KEY"):
        usable["vision"] = _vision
    return [(name, usable[name]) for name in settings.get().extract_order if name in usable]


def _ocr(jpeg: bytes) -> Extraction:
    from tickets.extraction import ocr, rules

    return rules.extract(ocr.read(jpeg), country=settings.get().default_country, today=dates.today())


def _vision(jpeg: bytes) -> Extraction:
    from adapters import openai_vision

    return openai_vision.extract(jpeg, settings=settings.get(), api_key=secrets.get("OPENAI_API_KEY"))


def _attempt(name: str, outcome: str, started: float, raw: Any = None) -> Attempt:
    model = settings.get().openai_model if name == "vision" else "rapidocr"
    elapsed = round((time.monotonic() - started) * 1000)
    provider: Provider = "vision" if name == "vision" else "ocr"
    return Attempt(provider=provider, model=model, outcome=outcome, latency_ms=elapsed, raw=raw)


if __name__ == "__main__":
    task.main(Inputs, run)
