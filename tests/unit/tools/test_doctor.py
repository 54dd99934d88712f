"""The doctor's own parts: every advice leads to a page that exists, and the table is one that a person can read."""

import ast
import io
import re
import time
from pathlib import Path
from types import MappingProxyType

import pytest

from kit import errors
from tools.doctor import registry, run, show, surroundings, trouble
from tools.doctor.model import Finding, Report, State, attention, ok, wrong
from tools.doctor.surroundings import Surroundings

ROOT = Path(__file__).resolve().parents[3]
SOURCES = sorted((ROOT / "tools/doctor").rglob("*.py"))
PAGE = re.compile(r"[\w/-]+\.md(?:#[\w-]+)?")


def references():
    """Every text in the sources that names a page."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and PAGE.fullmatch(node.value):
                yield f"{path.name}: {node.value}", node.value


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("reference", [pytest.param(value, id=name) for name, value in references()])
def test_the_page_and_its_anchor_exist(reference):
    name, _, anchor = reference.partition("#")
    page = ROOT / "docs" / name
    assert page.is_file()
    assert not anchor or anchor in anchors(page)


def test_there_are_references_at_all():
    assert len({value for _, value in references()}) > 50


@pytest.mark.parametrize("check", registry.load(), ids=lambda check: check.NAME)
def test_a_check_has_what_the_registry_promises(check):
    assert check.TITLE
    assert (ROOT / "docs/setup" / f"{check.NAME}.md").is_file()
    for advice in check.ADVICE.values():
        assert advice.text.endswith((".", "{error}")), advice
        assert advice.docs
        advice.text.format(error="x", who="y")
        advice.action.format(action="z")


def test_every_module_is_registered():
    modules = {path.stem for path in (ROOT / "tools/doctor/checks").glob("*.py")} - {"__init__"}
    assert modules == {name.replace("-", "_") for name in registry.PROVIDERS}


def test_some_providers_in_their_order():
    assert [check.NAME for check in registry.load(["slack", "kestra"])] == ["kestra", "slack"]
    with pytest.raises(ValueError, match="myspace"):
        registry.load(["myspace"])


def test_every_kind_of_trouble_has_a_general_advice():
    assert set(trouble.GENERAL) == set(trouble.Trouble)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.AuthenticationError("x"), "credential"),
        (errors.PermissionDeniedError("x"), "permission"),
        (errors.NotFoundError("x"), "not_found"),
        (errors.InvalidRequestError("x"), "refused"),
        (errors.RateLimitedError("x"), "rate_limited"),
        (errors.QuotaExhaustedError("x"), "quota"),
        (errors.UnsafeUrlError("x"), "address"),
        (errors.InvalidResponseError("x"), "answer"),
        (errors.ConfigurationError("x"), "setting"),
        (errors.DeadlineError("x"), "timeout"),
        (errors.UnavailableError("x", details={"status": 503}), "unavailable"),
        (errors.UnavailableError("x"), "cut_off"),
        (errors.UncertainError("x", code="deadline_uncertain"), "timeout"),
        (errors.UncertainError("x", details={"status": 500}), "unavailable"),
        (errors.UncertainError("x"), "answer"),
        (errors.ConnectError("timed out"), "timeout"),
        (errors.ConnectError("refused"), "no_connection"),
    ],
)
def test_the_kind_of_an_error(error, kind):
    assert trouble.kind_of(error) == kind


def test_an_error_that_advises_nothing_still_gets_an_advice():
    found = trouble.finding(errors.ConfigurationError("X is wrong."), "Slack", {})
    assert (found.text, found.action) == ("X is wrong.", "Correct it.")


REPORTS = [
    Report("kestra", (ok("version", "Kestra 2.0.7 answers."),), 12),
    Report("slack", (ok("token", "Fine."), wrong("channel", "word " * 60, "Invite it.", "setup/slack.md#channel")), 93),
    Report("openai", (attention("model_end", "Ends soon.", "Change it.", "setup/openai.md#model"),), 5),
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_table_without_a_terminal():
    shown = show.table(REPORTS, io.StringIO())
    assert "\x1b" not in shown
    assert max(len(line) for line in shown.splitlines()) <= 140
    assert "→ Invite it." in shown
    assert "docs/setup/slack.md#channel" in shown
    assert shown.endswith("ok: kestra, openai; wrong: slack.")


def test_the_table_on_a_terminal(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31m" in show.table(REPORTS, Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in show.table(REPORTS, Terminal())


def test_an_address_stays_in_one_piece():
    url = "https://hooks.example.com/" + "a" * 200
    report = Report("edge", (ok("health", f"{url} answers."),), 1)
    assert url in show.table([report], io.StringIO())


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ([State.OK, State.WRONG], State.WRONG),
        ([State.ABSENT], State.ABSENT),
        ([State.ABSENT, State.OK], State.OK),
        ([State.ATTENTION], State.OK),
    ],
)
def test_the_state_of_a_report(states, state):
    assert Report("x", tuple(Finding("n", one, "t") for one in states), 1).state is state


class Check:
    """A check that does as told."""

    NAME = TITLE = "test"
    ADVICE = MappingProxyType({})

    def __init__(self, examine):
        self.examine = examine


@pytest.fixture
def where():
    from kit import settings

    return Surroundings(settings.Settings(), deadline_s=0.1)


def test_what_was_found_before_an_error_is_kept(where):
    def examine(_where):
        yield ok("first", "Fine.")
        raise errors.NotFoundError("gone")

    [report] = run.examine([Check(examine)], where)
    assert [found.name for found in report.findings] == ["first", "not_found"]


def test_a_defect_in_a_check_is_said_without_its_text(where):
    def examine(_where):
        yield ok("first", "Fine.")
        raise KeyError("a secret perhaps")

    [report] = run.examine([Check(examine)], where)
    assert report.findings[-1].name == "defect"
    assert "secret" not in report.findings[-1].text


def test_a_check_that_hangs_does_not_hold_the_others_up(where, monkeypatch):
    import threading

    never = threading.Event()
    monkeypatch.setattr(run, "GRACE_S", 0.1)

    def hangs(_where):
        yield ok("first", "Fine.")
        never.wait(30)

    started = time.monotonic()
    slow, quick = run.examine([Check(hangs), Check(lambda _where: iter([ok("x", "Fine.")]))], where)
    never.set()
    assert time.monotonic() - started < 5
    assert [found.name for found in slow.findings] == ["first", "timeout"]
    assert quick.state is State.OK


def test_a_person_waits_fifteen_seconds_at_most():
    assert surroundings.DEADLINE_S + run.GRACE_S <= 14  # a second for the start
