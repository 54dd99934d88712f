"""From stored receipts to a comparison: one after the other, within the money that may be spent."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kit import settings
from kit.errors import NotFoundError, OpsflowsError
from tools.replay import carried
from tools.replay.candidate import Worker
from tools.replay.compare import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tools.replay.candidate import Candidate
    from tools.replay.compare import Difference
    from tools.replay.recorded import Recorded


@dataclass(frozen=True)
class Bound:
    """What may be spent: on everything, and by one call at worst, in US dollars."""

    most_usd: Decimal = Decimal(0)
    call_usd: Decimal = Decimal(0)


@dataclass(frozen=True)
class Run:
    """A comparison, and how many receipts are not in it.

    Attributes:
        differences: in the order of the receipts.
        unpaid: there was no money left for them.
        gone: their picture is.
        unread: what `stopped` tells came before them.
        stopped: why it ended early; what was spent until then is in the differences.
    """

    differences: tuple[Difference, ...]
    unpaid: int = 0
    gone: int = 0
    unread: int = 0
    stopped: str = ""


def run(
    receipts: Sequence[Recorded],
    candidate: Candidate,
    *,
    picture: Callable[[str], bytes] | None = None,
    bound: Bound | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Run:
    """Let a candidate read stored receipts.

    Args:
        receipts: in the order in which they are read.
        candidate: who reads.
        picture: reads a file of Kestra's storage, for candidates that need pictures.
        bound: no call is begun that could pass it; a call that is not answered counts at its worst price.
        progress: is told how many are done.

    Raises:
        ReplayError: the candidate cannot be started.
        OpsflowsError: Kestra cannot be asked for the first picture.
    """
    bound = bound or Bound()
    made: list[Difference] = []
    spent, gone = Decimal(0), 0
    with Worker(candidate) as worker:
        for number, recorded in enumerate(receipts):
            if spent + bound.call_usd > bound.most_usd:
                return Run(tuple(made), unpaid=len(receipts) - number, gone=gone)
            try:
                job = _job(recorded, candidate, picture)
            except NotFoundError:
                gone += 1
                continue
            except OpsflowsError as error:
                if not made:
                    raise
                return Run(tuple(made), gone=gone, unread=len(receipts) - number, stopped=error.message)
            reading = carried.reading(recorded, worker.read(job), worst_usd=bound.call_usd)
            spent += reading.cost_usd
            made.append(compare(recorded, reading))
            progress(number + 1)
    return Run(tuple(made), gone=gone)


def rebased(
    receipts: Sequence[Recorded],
    baseline: Candidate,
    *,
    picture: Callable[[str], bytes] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Recorded]:
    """The receipts with another release's reading as their baseline; those that it cannot read stay out.

    Args:
        receipts: with what was recorded.
        baseline: the release.
        picture: as for `run`.
        progress: as for `run`.

    Raises:
        ReplayError: the baseline cannot be started.
        OpsflowsError: Kestra cannot be asked for the first picture.
    """
    made = run(receipts, baseline, picture=picture, progress=progress)
    return [item.recorded.against(item.reading) for item in made.differences if not item.failed]


def _job(recorded: Recorded, candidate: Candidate, picture: Callable[[str], bytes] | None) -> dict[str, Any]:
    config = settings.get()
    shown = picture(recorded.image_uri or "") if candidate.needs_picture and picture else None
    least = config.review_min_score
    return {
        "engine": candidate.engine,
        "boxes": recorded.boxes,
        "ocr_model": recorded.ocr_model,
        "answer": recorded.answer,
        "picture": base64.b64encode(shown).decode() if shown is not None else None,
        "today": recorded.today.isoformat(),
        "country": config.default_country,
        "mode": candidate.mode,
        "min_score": None if least is None else float(least),
        "prompt": candidate.prompt,
    }
