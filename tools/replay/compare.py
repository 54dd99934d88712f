"""One receipt, read twice: what is the same, what differs, and what of it is right. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from kit.text import fold
from tools.replay.recorded import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.replay.recorded import Reading, Recorded

Change = Literal["same", "changed", "gained", "lost"]
# The worst first.
Danger = Literal["accepts_wrong_total", "accepts_rejected", "accepts_wrong_field", "accepts_unseen", "rejects"]
DANGERS: Final[dict[str, str]] = {
    "accepts_wrong_total": "accepts a total that a person said is wrong",
    "accepts_rejected": "accepts what a person rejected",
    "accepts_wrong_field": "accepts a field that a person said is wrong",
    "accepts_unseen": "accepts what was not accepted, and nobody has said whether it is right",
    "rejects": "rejects what was accepted",
}
# A person's word contradicts the candidate: these are regressions where the recorded reading did better.
PROVEN: Final = ("accepts_wrong_total", "accepts_rejected", "accepts_wrong_field")
_BY_LETTERS: Final = ("merchant", "tax_id", "document_number")


@dataclass(frozen=True)
class FieldDifference:
    """One field of one receipt.

    Attributes:
        change: of the value.
        was: the recorded value.
        now: the candidate's.
        truth: what is right; None where nobody said, or where the field is rightly empty: `labelled` tells.
        labelled: whether a person said.
        was_right: whether the recorded value is right; None without a label.
        now_right: the same of the candidate's.
    """

    field: str
    change: Change
    was: str | None
    now: str | None
    truth: str | None = None
    labelled: bool = False
    was_right: bool | None = None
    now_right: bool | None = None

    @property
    def broken(self) -> bool:
        """Right before, wrong now."""
        return bool(self.was_right) and self.now_right is False

    @property
    def fixed(self) -> bool:
        """Wrong before, right now."""
        return self.was_right is False and bool(self.now_right)


@dataclass(frozen=True)
class Difference:
    """One receipt, read twice.

    Attributes:
        recorded: the receipt with its recorded reading.
        reading: the candidate's.
        fields: one entry a field, in the order of `FIELDS`; none when the candidate has no reading.
        danger: what is wrong with the candidate's verdict, the worst of it.
        was_danger: the same of the recorded verdict.
    """

    recorded: Recorded
    reading: Reading
    fields: tuple[FieldDifference, ...]
    danger: Danger | None
    was_danger: Danger | None

    @property
    def failed(self) -> bool:
        """Whether the candidate came to no verdict."""
        return not self.reading.verdict

    @property
    def verdict_changed(self) -> bool:
        """Whether the verdict is another one."""
        return self.reading.verdict != self.recorded.reading.verdict

    @property
    def differs(self) -> bool:
        """Whether there is anything to look at."""
        return self.failed or self.verdict_changed or any(field.change != "same" for field in self.fields)

    @property
    def regressed(self) -> bool:
        """Whether a person's word says that it got worse, or there is no reading at all."""
        worse = self.danger in PROVEN and self.was_danger not in PROVEN
        return self.failed or worse or any(field.broken for field in self.fields)


def compare(recorded: Recorded, reading: Reading) -> Difference:
    """Compare a candidate's reading with what was recorded."""
    before = recorded.reading
    fields: tuple[FieldDifference, ...] = ()
    if reading.verdict:
        fields = tuple(_field(name, before, reading, recorded.truth) for name in FIELDS)
    danger = _danger(recorded, reading)
    return Difference(recorded, reading, fields, danger, _danger(recorded, before))


def same(name: str, one: str | None, other: str | None) -> bool:
    """Whether two values say the same: names and numbers by letters and digits, everything else exactly."""
    if one is None or other is None or name not in _BY_LETTERS:
        return one == other
    return one == other or _letters(one) == _letters(other) != ""


def _field(name: str, before: Reading, after: Reading, truth: Mapping[str, str | None]) -> FieldDifference:
    was, now = before.fields[name], after.fields[name]
    change = _change(name, was, now)
    if name not in truth:
        return FieldDifference(name, change, was, now)
    right = truth[name]
    was_right, now_right = same(name, was, right), same(name, now, right)
    return FieldDifference(name, change, was, now, right, labelled=True, was_right=was_right, now_right=now_right)


def _change(name: str, was: str | None, now: str | None) -> Change:
    if same(name, was, now):
        return "same"
    if was is None:
        return "gained"
    return "lost" if now is None else "changed"


def _danger(recorded: Recorded, reading: Reading) -> Danger | None:
    before = recorded.reading.verdict
    if reading.verdict == "reject" and before == "accept":
        return "rejects"
    if reading.verdict != "accept":
        return None
    wrong = [name for name, right in recorded.truth.items() if not same(name, reading.fields[name], right)]
    if "total" in wrong:
        return "accepts_wrong_total"
    if recorded.rejected:
        return "accepts_rejected"
    if wrong:
        return "accepts_wrong_field"
    return "accepts_unseen" if before != "accept" and not recorded.truth else None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))
