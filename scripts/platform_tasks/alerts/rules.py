"""Who is told of what: namespace_files/config/alerts.yaml, read and checked."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from kit import configs, files, settings
from platform_tasks.alerts.events import LEVELS, Level
from platform_tasks.alerts.quiet import QuietHours  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from datetime import datetime

    from kit.errors import ConfigurationError

FILE: Final = "config/alerts.yaml"
OTHER: Final = "other"
Channel = Literal["data_alerts", "incidents", "email", "pagerduty", "test"]
Channels = Annotated[tuple[Channel, ...], Field(min_length=1)]


def _none(value: Any) -> Any:
    return False if value == "none" else value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Part):
    """What is done about an event.

    Attributes:
        level: how loud.
        runbook: the page under docs/runbook/alerts that says what to do, without `.md`.
        channels: instead of the level's.
        quiet_hours: instead of the file's; False for none.
        recovers: what ends it: `success` of the same flow, or its `caller`.
    """

    level: Level
    runbook: str = Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")
    channels: Channels | None = None
    quiet_hours: Annotated[QuietHours | Literal[False] | None, BeforeValidator(_none)] = None
    recovers: Literal["success", "caller"] = "caller"


class Rules(_Part):
    """The whole file; the comments in it say what each key means."""

    levels: dict[Level, Channels]
    fallback: tuple[Channel, ...] = ()
    quiet_hours: QuietHours | None = None
    count_minutes: int = Field(10, ge=1, le=1440)
    escalate_minutes: int = Field(30, ge=1, le=1440)
    again_hours: int = Field(24, ge=1, le=720)
    silent_hours: int = Field(72, ge=25, le=720)
    told_elsewhere: tuple[str, ...] = ()
    rules: dict[str, Rule]

    @field_validator("levels")
    @classmethod
    def _all_levels(cls, value: dict[Level, Channels]) -> dict[Level, Channels]:
        if missing := [level for level in LEVELS if level not in value]:
            raise ValueError(f"has no channels for {', '.join(missing)}")
        return value

    @model_validator(mode="after")
    def _has_rule_for_others(self) -> Self:
        if OTHER not in self.rules:
            raise ValueError(f"rules must have {OTHER!r}, for events without a rule")
        return self

    def rule(self, event: str) -> Rule:
        """The event's rule, else that of the others."""
        return self.rules.get(event) or self.rules[OTHER]

    def channels(self, rule: Rule, level: Level) -> tuple[Channel, ...]:
        """Who is told; a rule's own channels count for its own level, since a raised one goes where that level goes."""
        return rule.channels if rule.channels and level == rule.level else self.levels[level]

    def held_until(self, rule: Rule, level: Level, now: datetime) -> datetime | None:
        """When it may be told, if not now."""
        hours = self.quiet_hours if rule.quiet_hours is None else rule.quiet_hours
        config = settings.get()
        if level == "CRITICAL" or not hours or not config.alerts_quiet_hours:
            return None
        return hours.until(now, ZoneInfo(config.timezone))


def load() -> Rules:
    """The rules of this release.

    Raises:
        ConfigurationError: the file is missing or wrong; names every place and what is wrong there.
    """
    return parse(files.read_text(FILE))


@cache
def parse(text: str) -> Rules:
    """Read the text of such a file.

    Raises:
        ConfigurationError: it is no YAML, or breaks the form; names every place.
    """
    import yaml

    try:
        return Rules.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise _refusal(" ".join(str(error).split())) from None
    except ValidationError as error:
        raise _refusal(configs.told(error)) from None


def _refusal(problem: str) -> ConfigurationError:
    return configs.refusal(FILE, problem, code="alert_rules_invalid")
