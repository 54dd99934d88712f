"""From a checked picture to fields: local OCR always, the vision model as OPSFLOWS_EXTRACT_MODE says.

The OCR comes first in every mode, because it finds what must be painted over before a picture leaves for a service.
"""

import time
from collections.abc import Callable, Sequence

from kit import dates, logging, secrets, settings, task
from kit.errors import ConfigurationError, OpsflowsError
from tickets import asking, spend
from tickets.extraction import checks, confidence, fusion, grounding, page
from tickets.extraction.model import Attempt, Extraction, Reason
from tickets.extraction.regions import Region
from tickets.extraction.verdict import page_reasons


def read(jpeg: bytes, ctx: task.Context, pages: Sequence[Region] = (), *, sender: str | None = None) -> Extraction:
    """Read a picture by the engines of the mode; an attempt that failed stays on record.

    Args:
        jpeg: the checked picture.
        ctx: for metrics.
        pages: those of a document, with the text that they bring.
        sender: on whose account the model is asked; None: no ledger is kept (tools and benchmarks).

    Raises:
        ConfigurationError: the mode wants the model alone, and there is no key for it.
        OpsflowsError: the local OCR failed; its own error.
    """
    mode, key = settings.get().extract_mode, secrets.optional("OPENAI_API_KEY")
    if mode == "vision" and not key:
        raise ConfigurationError(
            "No extraction engine can be used.",
            code="no_engine",
            next_action="Set OPSFLOWS_EXTRACT_MODE to `ocr`, or set the secret OPENAI_API_KEY.",
        )
    local = _judged(_timed("ocr", ctx, lambda: _ocr(jpeg, pages=pages)))
    if not key or mode == "ocr" or (mode == "rules_first" and not _doubtful(local)):
        return local
    return _with_model(jpeg, local, sender, ctx)


def limits() -> checks.Thresholds:
    """The limits of acceptance that the settings ask for."""
    least = settings.get().review_min_score
    return checks.Thresholds(min_score=None if least is None else float(least))


def _with_model(jpeg: bytes, local: Extraction, sender: str | None, ctx: task.Context) -> Extraction:
    """Ask the model too; where it fails, or a cap forbids it, what the OCR read stands."""
    try:
        answered = _timed("vision", ctx, lambda: asking.ask(jpeg, local, sender, ctx))
    except OpsflowsError as raised:
        logging.get(__name__).warning("extraction.engine_failed", engine="vision", code=raised.code)
        return _without_model(local, raised)
    if settings.get().extract_mode == "vision":
        alone = {"attempts": local.attempts + answered.attempts, "rotation": local.rotation}
        return _with_places(_judged(answered.model_copy(update=alone)), local)
    return _with_places(fusion.fuse(local, answered), local)


def _with_places(extraction: Extraction, local: Extraction) -> Extraction:
    """A model tells no places: its values are looked for on the page that the OCR read."""
    found = grounding.located(extraction.receipt, page.from_data(local.attempts[-1].raw))
    return extraction.model_copy(update={"evidence": found | extraction.evidence})


def _without_model(local: Extraction, error: OpsflowsError) -> Extraction:
    """The OCR's reading with the failed attempt; a cap is no attempt but a reason.

    Raises:
        OpsflowsError: the ledger's own trouble: nothing was asked, and the task is tried again.
    """
    if error.code == spend.CODE:
        reason = Reason(code=spend.CODE, severity="info", evidence=error.message)
        return local.model_copy(update={"reasons": [*local.reasons, reason]})
    if "attempt" not in error.details:
        raise error
    attempt = Attempt.model_validate(error.details["attempt"])
    return local.model_copy(update={"attempts": [*local.attempts, attempt]})


def _judged(extraction: Extraction) -> Extraction:
    return extraction.model_copy(update={"confidence": confidence.of(extraction)})


def _doubtful(local: Extraction) -> bool:
    """Whether the model could help: a needed field is missing or unsure, or the OCR sees no receipt."""
    return bool(page_reasons(local) or checks.doubts(local, limits()))


def _timed(name: str, ctx: task.Context, engine: Callable[[], Extraction]) -> Extraction:
    started = time.monotonic()
    extraction = engine()
    ctx.timer("extraction_seconds", time.monotonic() - started, engine=name)
    return extraction


def _ocr(jpeg: bytes, *, pages: Sequence[Region]) -> Extraction:
    from tickets.extraction import offline

    return offline.extract(jpeg, country=settings.get().default_country, today=dates.today(), pages=pages)
