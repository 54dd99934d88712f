"""A comparison in words and as JSON. No I/O; the HTML page is made in `tools.replay.page`."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from tools.replay.compare import DANGERS
from tools.replay.figures import NONE, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tools.replay.compare import Difference
    from tools.replay.figures import Effort, FieldFigures, Figures


WITHOUT_OCR: Final = "; without the OCR, whose boxes are stored"


@dataclass(frozen=True)
class About:
    """What a report is about.

    Attributes:
        candidate: what was tried, with its mode and model.
        baseline: what it is compared with.
        selection: which receipts were asked for, in words.
        made_at: when, in UTC.
        left_out: cause to number of the receipts that are not compared.
        with_ocr: whether the candidate's times have the OCR in them.
    """

    candidate: str
    baseline: str
    selection: str
    made_at: datetime
    left_out: dict[str, int]
    with_ocr: bool


def fingerprint(differences: Sequence[Difference]) -> str:
    """Eight characters that tell this selection of receipts from others."""
    ids = "\n".join(difference.recorded.ticket_id for difference in differences)
    return hashlib.sha256(ids.encode()).hexdigest()[:8]


def line(about: About, found: Figures, selection: str) -> str:
    """The sentence that a release note can cite; it names nobody."""
    totals = found.fields[0]
    fixed, broken = sum(field.fixed for field in found.fields), sum(field.broken for field in found.fields)
    accepts = sum(now for kind, (_, now) in found.dangers.items() if kind.startswith("accepts_wrong"))
    return (
        f"Replay of {found.receipts} receipts (selection {selection}) with {about.candidate}, "
        f"against {about.baseline}: "
        f"{found.identical} identical; of {found.labelled} labelled, total right {_share(totals, totals.was_right)} "
        f"-> {_share(totals, totals.now_right)}; {fixed} fields fixed, {broken} broken; "
        f"{accepts} wrong accepts, {found.regressed} receipts worse; {found.now.cost_usd:.4f} USD."
    )


def text(about: About, found: Figures, differences: Sequence[Difference]) -> str:
    """The report for a terminal."""
    return "\n".join([*_head(about, found), "", *_fields(found), "", *_verdicts(found), "", *_worst(differences)])


def ordered(differences: Sequence[Difference]) -> list[Difference]:
    """Those with a difference: dangerous verdicts first, then what got worse, then the others, each by reference."""
    ranks = {kind: number for number, kind in enumerate(DANGERS)}
    return sorted(
        (item for item in differences if item.differs or item.danger),
        key=lambda item: (
            ranks[item.danger] if item.danger else len(ranks),
            not item.regressed,
            not item.verdict_changed,
            item.recorded.ticket_id,
        ),
    )


def as_json(about: About, found: Figures, differences: Sequence[Difference]) -> dict[str, Any]:
    """Everything, for machines: `line`, `about`, `figures`, and `differences` as on the page, all of them."""
    selection = fingerprint(differences)
    return {
        "line": line(about, found, selection),
        "selection": selection,
        "about": asdict(about),
        "figures": asdict(found),
        "differences": [_difference(item) for item in ordered(differences)],
    }


def _difference(item: Difference) -> dict[str, Any]:
    changed = [asdict(field) for field in item.fields if field.change != "same"]
    return {
        "ticket_id": item.recorded.ticket_id,
        "verdict": [item.recorded.reading.verdict, item.reading.verdict or NONE],
        "codes": [item.recorded.reading.codes, item.reading.codes],
        "outcome": item.reading.outcome,
        "danger": item.danger,
        "regressed": item.regressed,
        "fields": changed,
    }


def _head(about: About, found: Figures) -> Iterator[str]:
    yield f"Candidate   {about.candidate}"
    yield f"Baseline    {about.baseline}"
    yield f"Receipts    {found.receipts}: {about.selection}"
    for cause, number in about.left_out.items():
        yield f"Left out    {number}: {cause}"
    for word, counted in (("No reading", found.failed), ("No answer", found.unanswered)):
        for outcome, number in counted.items():
            yield f"{word:10}  {number}: {outcome}"
    yield f"Identical   {found.identical}"
    yield f"Labelled    {found.labelled} by people's reviews"
    if found.would_ask:
        yield f"Would ask   {found.would_ask} times the model, whose answer is not stored"
    yield f"Was         {effort(found.before)}"
    yield f"Is          {effort(found.now)}{'' if about.with_ocr else WITHOUT_OCR}"
    for kind, (before, now) in found.dangers.items():
        if before or now:
            yield f"Attention   {DANGERS[kind]}: {before} -> {now}"


def _fields(found: Figures) -> Iterator[str]:
    yield (
        f"{'Field':16} {'same':>5} {'changed':>7} {'gained':>6} {'lost':>5} | {'labelled':>8} {'right':>13} "
        f"{'fixed':>5} {'broken':>6} | confidence"
    )
    for row in found.fields:
        yield (
            f"{row.field:16} {row.same:5} {row.changed:7} {row.gained:6} {row.lost:5} | {row.labelled:8} "
            f"{row.was_right:5} -> {row.now_right:4} {row.fixed:5} {row.broken:6} | {sureness(row)}"
        )


def _verdicts(found: Figures) -> Iterator[str]:
    yield f"{'Verdict':10}" + "".join(f"{f'-> {name}':>11}" for name in (*VERDICTS, NONE))
    for before in VERDICTS:
        yield f"{before:10}" + "".join(f"{number:11}" for number in found.verdicts[before].values())


def _worst(differences: Sequence[Difference], most: int = 10) -> Iterator[str]:
    """References alone: what stood on a receipt is in the files, not on a screen that others may see."""
    listed = ordered(differences)
    for item in listed[:most]:
        changed = ", ".join(field.field for field in item.fields if field.change != "same")
        before, now = item.recorded.reading.verdict, item.reading.verdict or item.reading.outcome
        verdict = f"{before} -> {now}" if before != now else before
        marks = " ".join(filter(None, [item.danger, "worse" if item.regressed else None]))
        yield f"{item.recorded.ticket_id}  {verdict:18} {marks}  {changed}".rstrip()
    if len(listed) > most:
        yield f"… and {len(listed) - most} more with differences; --html and --json have them all."


def effort(made: Effort) -> str:
    """Times and cost, in words."""
    times = "no times" if made.median_ms is None else f"median {made.median_ms} ms, p95 {made.p95_ms} ms"
    return f"{times}, {made.cost_usd:.6f} USD"


def sureness(row: FieldFigures) -> str:
    """Mean confidence before and now."""
    if row.was_sure is None or row.now_sure is None:
        return "-"
    return f"{row.was_sure:.3f} -> {row.now_sure:.3f} ({row.now_sure - row.was_sure:+.3f})"


def _share(row: FieldFigures, right: int) -> str:
    return f"{right / row.labelled:.1%}" if row.labelled else "unknown"
