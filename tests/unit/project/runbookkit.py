"""Reading the runbook: its pages, and the commands, statements and addresses in them."""

import argparse
import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NoReturn
from unittest import mock

import yaml

ROOT = Path(__file__).resolve().parents[3]
BOOK = ROOT / "docs/runbook"
ALERTS = BOOK / "alerts"
PAGES = sorted(BOOK.rglob("*.md"))
# The pages that whoever is on call reads beside the runbook.
ALSO = [path for path in [ROOT / "docs/operations.md"] if path.exists()]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_SQL_WORDS = ("select ", "update ", "delete ", "insert ", "with ")


def text(page: Path) -> str:
    """A page's text."""
    return page.read_text(encoding="utf-8")


def fenced(page: Path, language: str) -> list[str]:
    """The blocks of a language."""
    return [body for found, body in _FENCE.findall(text(page)) if found == language]


def spans(page: Path) -> list[str]:
    """What stands between backticks in running text."""
    return _SPAN.findall(_FENCE.sub("", text(page)))


def lines(page: Path) -> Iterator[str]:
    """Every command that a person would type: of the blocks, and in running text."""
    blocks = "".join(fenced(page, "sh")).replace("\\\n", " ").splitlines()
    for line in [*blocks, *spans(page)]:
        bare = re.sub(r"(^|\s)#.*", "", line).strip()
        yield from (part.strip() for part in re.split(r"&&|\|\||;|\|", bare) if part.strip())


def statements(page: Path) -> list[str]:
    """Every SQL statement, of the blocks and in running text."""
    found = [one.strip() for block in fenced(page, "sql") for one in block.split(";") if one.strip()]
    return [*found, *(span for span in spans(page) if span.lower().startswith(_SQL_WORDS))]


def words(line: str) -> list[str]:
    """A command's words, without the variables that stand before it."""
    found = shlex.split(line)
    while found and re.fullmatch(r"[A-Z_]+=.*", found[0]):
        found = found[1:]
    return found


@cache
def rules() -> dict[str, str]:
    """Every alert that can fire: its page's name by where it is written."""
    found = {}
    for file in sorted((ROOT / "monitoring/prometheus").rglob("*.y*ml")):
        for group in (yaml.safe_load(file.read_text()) or {}).get("groups", []):
            for rule in group.get("rules", []):
                if "alert" in rule:
                    found[f"{file.name}: {rule['alert']}"] = snake(rule["alert"])
    events = ROOT / "namespace_files/config/alerts.yaml"
    for event, rule in (yaml.safe_load(events.read_text())["rules"] if events.exists() else {}).items():
        found[f"alerts.yaml: {event}"] = event
        found[f"alerts.yaml: runbook of {event}"] = rule.get("runbook", event)
    return found


def snake(name: str) -> str:
    """`EtlLowRatio` as `etl_low_ratio`, the name of its page."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class Parsed(Exception):  # noqa: N818 no error: the command line was understood
    """A command's arguments were understood; it has done nothing yet."""


def understood(module: str, arguments: list[str]) -> bool:
    """Whether a command of ours takes these arguments. It is ended before it does anything."""
    parse = argparse.ArgumentParser.parse_args

    def parse_and_end(
        self: argparse.ArgumentParser, args: list[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> NoReturn:
        parse(self, args, namespace)
        raise Parsed

    with (
        mock.patch.object(argparse.ArgumentParser, "parse_args", parse_and_end),
        mock.patch.object(sys, "argv", [module, *arguments]),
    ):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=False)
        except Parsed:
            return True
        except SystemExit:
            return False
    return False
