"""One file of `namespace_files/config`: read strictly, so that every mistake in it is told at once, by file and key.

The values themselves are never quoted: one of them may be the secret that should not be there.
"""

import difflib
import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from kit import redaction
from kit.errors import ConfigurationError
from kit.settings import Settings, names
from tools.secrets.catalogue import CATALOGUE

FOLDER = "namespace_files/config"
KEYS = ("extends", "kestra", "settings")
KESTRA_KEYS = ("url", "username")
# Each has one place in these files, and it is not `settings`.
ELSEWHERE = {
    "OPSFLOWS_ENV": "is the file's name; leave it out",
    "OPSFLOWS_KESTRA_URL": "belongs under kestra, as url",
    "OPSFLOWS_KESTRA_USERNAME": "belongs under kestra, as username",
}
NOT_HERE = "is a secret, and these files are in git: put it into secrets/ (docs/secrets.md)"
_SECRETS = frozenset(secret.name for secret in CATALOGUE)
_SECRET_NAME = re.compile(r"(?i)(^|_)(TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIALS)$")
_SECRET_VALUE = re.compile(
    r"\b(?:gh[opsu]_|glpat-|AKIA|AIza|hvs\.|hvb\.)\w{8,}|\b[0-9a-fA-F]{32,}\b|\"private_key\""  # known shapes, hex
    r"|(?<![\w+-])(?=[\w+-]*[a-z])(?=[\w+-]*[A-Z])(?=[\w+-]*\d)[\w+-]{24,}"  # random; a slash is more often a path
)
# A spreadsheet's id is as random as a key, and no secret.
_RANDOM_BY_NATURE = {"OPSFLOWS_SHEET_ID"}
_FILE_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_URL = re.compile(r"https?://[^\s/@?#]+/?")


@dataclass(frozen=True)
class ConfigFile:
    """What one file says; a setting whose value is None goes back to its default."""

    name: str
    extends: str | None
    kestra: dict[str, str | None]
    settings: dict[str, Any]


def wrong(problems: Iterable[tuple[str, str]]) -> ConfigurationError:
    """The error for problems, each a file's name and `key: what is wrong`."""
    shown = "\n".join(f"{FOLDER}/{name}.yaml: {problem}." for name, problem in problems)
    return ConfigurationError(shown, next_action="Correct what is named; docs/settings.md explains each key.")


def read(root: Path, name: str) -> ConfigFile:
    """Read and check one file.

    Raises:
        ConfigurationError: it is missing or something in it is wrong.
    """
    content = _mapping(name, _parsed(root, name), "the file")
    kestra = _mapping(name, content.get("kestra"), "kestra")
    settings = _mapping(name, content.get("settings"), "settings")
    problems = [
        *_unknown(content, KEYS, ""),
        *_extends_problems(content.get("extends")),
        *_kestra_problems(kestra),
        *_settings_problems(settings),
    ]
    if problems:
        raise wrong((name, problem) for problem in problems)
    return ConfigFile(name, content.get("extends"), _none_for_blank(kestra), _none_for_blank(settings))


def typed(settings: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The settings as JSON values of their types, and what is wrong with them."""
    try:
        found = Settings.model_validate(settings)
    except ValidationError as error:
        return {}, [f"settings.{e['loc'][0]}: {e['msg']}" for e in error.errors()]
    return found.model_dump(mode="json", by_alias=True, exclude_unset=True), []


def _parsed(root: Path, name: str) -> Any:
    path = root / FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise wrong([(name, "is not there")])
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _NoRepeats)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise wrong([(name, f"line {line}: {error.problem}")]) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise wrong([(name, "is no YAML in UTF-8")]) from None


class _NoRepeats(yaml.SafeLoader):
    """YAML in which the same key twice is a mistake, not the last one's victory."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's own form
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands here twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _mapping(name: str, value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict | None) or any(not isinstance(key, str) for key in value or {}):
        raise wrong([(name, f"{what}: holds no keys with values")])
    return value or {}


def _unknown(given: dict[str, Any], known: tuple[str, ...], prefix: str) -> Iterator[str]:
    unknown = f"is unknown; known are {', '.join(known)}"
    for key in sorted(given.keys() - set(known)):
        yield f"{prefix}{key}: {NOT_HERE if _is_secret(key) else unknown}"


def _extends_problems(value: Any) -> Iterator[str]:
    if value is not None and not (isinstance(value, str) and _FILE_NAME.fullmatch(value)):
        yield "extends: is the name of a file beside this one, without .yaml"


def _kestra_problems(kestra: dict[str, Any]) -> Iterator[str]:
    yield from _unknown(kestra, KESTRA_KEYS, "kestra.")
    url, username = (kestra.get(key) for key in KESTRA_KEYS)
    if url and not (isinstance(url, str) and _URL.fullmatch(url)):
        yield "kestra.url: is an address such as https://kestra.example.org, without user, password or path"
    if username and not (isinstance(username, str) and "@" in username and not looks_secret(username)):
        yield "kestra.username: is an e-mail address"


def _settings_problems(settings: dict[str, Any]) -> Iterator[str]:
    for key, value in settings.items():
        problem = _name_problem(key) or _value_problem(key, value)
        if problem:
            yield f"settings.{key}: {problem}"
    judged = {key: value for key, value in settings.items() if key in names() and value not in (None, "")}
    yield from typed(judged)[1]


def _name_problem(key: str) -> str | None:
    if key in ELSEWHERE:
        return ELSEWHERE[key]
    if _is_secret(key):
        return NOT_HERE
    if key not in names():
        close = difflib.get_close_matches(key, names(), 1)
        return "is no setting" + (f"; did you mean {close[0]}?" if close else "")
    return None


def _is_secret(key: str) -> bool:
    return key in _SECRETS or _SECRET_NAME.search(key) is not None


def _value_problem(key: str, value: Any) -> str | None:
    texts = value if isinstance(value, list) else [value]
    if any(looks_secret(text, random=key in _RANDOM_BY_NATURE) for text in texts if isinstance(text, str)):
        return "its value looks like a secret; secrets are files in secrets/ (docs/secrets.md)"
    is_flag = {f.alias: f.annotation is bool for f in Settings.model_fields.values()}[key]
    return "is yes or no in YAML; write the value in quotes" if isinstance(value, bool) and not is_flag else None


def looks_secret(text: str, *, random: bool = False) -> bool:
    """Whether a text has the shape of a credential; `random` when it is expected to look like one."""
    known = redaction.mask_secrets(text) != text
    return known or (not random and _SECRET_VALUE.search(text) is not None)


def _none_for_blank(values: dict[str, Any]) -> dict[str, Any]:
    return {key: None if value == "" else value for key, value in values.items()}
