"""docs/backup.md names every command, flag and variable of the command, and no others."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from tools.backup import __main__ as command
from tools.backup import settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/backup.md").read_text()


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for found in action.choices.values():
                yield from parsers(found)


def test_every_flag_is_explained():
    flags = {flag for parser in parsers(command._parser()) for a in parser._actions for flag in a.option_strings}
    flags -= {"-h", "--help"}
    assert {flag for flag in flags if f"`{flag}" not in PAGE} == set()


def test_every_command_is_explained():
    [choices] = [a.choices for a in command._parser()._actions if isinstance(a, argparse._SubParsersAction)]
    assert set(choices) == set(re.findall(r"^\| `([a-z]+)[^|]*` \| ", PAGE.split("## Commands")[1], re.MULTILINE))


def test_every_variable_is_explained():
    source = Path(settings.__file__).read_text()
    read = set(re.findall(r'env\.get\("([A-Z_]+)"', source)) | {"KESTRA_VERSION", "OPSFLOWS_VERSION"}
    assert read == set(re.findall(r"^\| `([A-Z_]+)` ?[,|]", PAGE, re.MULTILINE))


def test_kestras_database_is_fixed_before_ours():
    """The order that docs/backup.md explains; test_create.py shows what it is good for."""
    chosen = settings.from_flags(command._parser().parse_args(["create"]))
    assert [database.name for database in chosen.databases] == ["kestra", "opsflows"]
