"""What happened, as whoever notices it says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from kit import redaction

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

Level = Literal["INFO", "WARNING", "CRITICAL"]
Change = Literal["fired", "again", "escalated", "counted", "acknowledged", "resolved"]
LEVELS: Final[tuple[Level, ...]] = ("INFO", "WARNING", "CRITICAL")
_LONGEST_KEY: Final = 500


@dataclass(frozen=True, slots=True)
class Event:
    """One failure, or another thing that people should look at.

    Attributes:
        event: the rule in config/alerts.yaml, such as `flow_failed`.
        title: one line, in the language of OPSFLOWS_LOCALE.
        flow_id: the flow it is about; blank for what is no flow's.
        namespace: the flow's.
        data_date: the day of the data that are missing or wrong.
        error_class: tells one cause from another: an error code, a check's name. No figures, no ids.
        message: the error summary and what to do.
        detail: small facts for the message and for PagerDuty: task, attempt, what to replay. JSON-able.
        execution_id: the execution that it happened in.
        level: instead of the rule's.
        test: goes to the test channel only, and never to a person on call.
    """

    event: str
    title: str
    flow_id: str = ""
    namespace: str = ""
    data_date: date | None = None
    error_class: str = ""
    message: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    execution_id: str = ""
    level: Level | None = None
    test: bool = False

    @property
    def key(self) -> str:
        """Which trouble it is: flow, data date and error class."""
        flow = f"{self.namespace}.{self.flow_id}".strip(".")
        parts = (flow, self.data_date.isoformat() if self.data_date else "", self.error_class or self.event)
        return redaction.redact(("test|" if self.test else "") + "|".join(parts))[:_LONGEST_KEY]


@dataclass(frozen=True, slots=True)
class Fired:
    """What became of an event.

    Attributes:
        alert_id: of ops.alerts.
        key: the trouble's.
        level: as it stands now.
        change: what people are told: `fired`, `again` or `escalated`; None when it was only counted.
        count: how often it happened, this time included.
    """

    alert_id: int
    key: str
    level: Level
    change: Change | None
    count: int
