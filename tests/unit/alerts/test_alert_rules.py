"""config/alerts.yaml: what it says, and what is said of a file with a mistake in it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import yaml

from kit import files
from kit.errors import ConfigurationError
from platform_tasks.alerts import rules
from platform_tasks.alerts.quiet import QuietHours

MADRID = ZoneInfo("Europe/Madrid")
NIGHT = QuietHours.model_validate({"from": "22:00", "to": "07:00"})


def text(**changes):
    return yaml.safe_dump(yaml.safe_load(files.read_text(rules.FILE)) | changes)


def test_the_levels_go_where_the_documentation_says():
    book = rules.load()
    assert book.levels["INFO"] == ("data_alerts",)
    assert book.levels["WARNING"] == ("data_alerts", "email")
    assert book.levels["CRITICAL"] == ("pagerduty", "incidents")
    assert book.rule("no_such_event") == book.rules["other"]


def test_a_rules_own_channels_count_at_its_own_level():
    book = rules.load()
    rule = rules.Rule.model_validate({"level": "WARNING", "runbook": "x", "channels": ["email"]})
    assert book.channels(rule, "WARNING") == ("email",)
    assert book.channels(rule, "CRITICAL") == ("pagerduty", "incidents")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"levels": {"INFO": ["data_alerts"]}}, "levels: has no channels for WARNING, CRITICAL"),
        ({"rules": {"x": {"level": "LOUD", "runbook": "x"}}}, "rules.x.level"),
        ({"rules": {"x": {"level": "INFO", "runbook": "x"}}}, "rules must have 'other'"),
        ({"rules": {"x": {"level": "INFO"}}}, "rules.x.runbook: Field required"),
        ({"rules": {"x": {"level": "INFO", "runbook": "../x"}}}, "rules.x.runbook"),
        ({"rules": {"x": {"level": "INFO", "runbook": "x", "chanels": []}}}, "rules.x.chanels"),
        ({"fallback": ["fax"]}, "fallback.0"),
        ({"quiet_hours": {"from": "25:00", "to": "07:00"}}, "quiet_hours.from"),
        ({"count_minutes": 0}, "count_minutes"),
    ],
)
def test_a_mistake_is_named_with_its_place(changes, told):
    with pytest.raises(ConfigurationError) as caught:
        rules.parse(text(**changes))
    assert caught.value.code == "alert_rules_invalid"
    assert told in str(caught.value)
    assert "namespace_files/config/alerts.yaml" in str(caught.value)


@pytest.mark.parametrize("broken", ["rules: [", "", "- a"])
def test_what_is_no_such_file_is_refused(broken):
    with pytest.raises(ConfigurationError):
        rules.parse(broken)


def at(*parts):
    return datetime(*parts, tzinfo=MADRID)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (at(2026, 11, 20, 21, 59), None),
        (at(2026, 11, 20, 22, 0), at(2026, 11, 21, 7, 0)),
        (at(2026, 11, 21, 6, 59), at(2026, 11, 21, 7, 0)),
        (at(2026, 11, 21, 7, 0), None),
        (at(2026, 10, 24, 23, 0), at(2026, 10, 25, 7, 0)),  # the night in which the clocks go back
        (at(2026, 3, 28, 23, 0), at(2026, 3, 29, 7, 0)),
    ],
)
def test_quiet_hours_pass_midnight(now, ends):
    assert NIGHT.until(now.astimezone(UTC), MADRID) == ends


def test_quiet_days_and_the_night_after_them_are_one_quiet():
    weekend = QuietHours.model_validate({"from": "22:00", "to": "07:00", "days": ["sat", "sun"]})
    assert weekend.until(at(2026, 11, 20, 23, 0), MADRID) == at(2026, 11, 23, 0, 0).replace(hour=7)
    assert weekend.until(at(2026, 11, 21, 12, 0), MADRID) == at(2026, 11, 23, 7, 0)
    assert weekend.until(at(2026, 11, 23, 12, 0), MADRID) is None


def test_hours_by_day():
    siesta = QuietHours.model_validate({"from": "14:00", "to": "16:00"})
    assert siesta.until(at(2026, 11, 20, 15, 0), MADRID) == at(2026, 11, 20, 16, 0)
    assert siesta.until(at(2026, 11, 20, 16, 0), MADRID) is None


def test_what_is_urgent_never_waits():
    book, night = rules.load(), at(2026, 11, 20, 23, 0)
    rule = book.rules["flow_failed"]
    assert book.held_until(rule, "WARNING", night) == at(2026, 11, 21, 7, 0)
    assert book.held_until(rule, "INFO", night) is not None
    assert book.held_until(rule, "CRITICAL", night) is None
    assert book.held_until(book.rules["alert_test"], "INFO", night) is None
