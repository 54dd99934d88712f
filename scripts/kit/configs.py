"""Configuration that comes with a release: JSON files under namespace_files, read into pydantic models."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from kit import files
from kit.errors import ConfigurationError

M = TypeVar("M", bound=BaseModel)


def read(kind: type[M], relative: str, *, code: str = "config_invalid", next_action: str = "") -> M:
    """Read a file under namespace_files, such as `config/prices.json`.

    Raises:
        ConfigurationError: it is missing (code `file_missing`), or as `parse`.
    """
    return parse(kind, files.read_text(relative), relative, code=code, next_action=next_action)


def parse(kind: type[M], text: str, relative: str, *, code: str = "config_invalid", next_action: str = "") -> M:
    """Read the text of such a file.

    Args:
        kind: the model.
        text: JSON.
        relative: the file's path under namespace_files, for people.
        code: of the error.
        next_action: what to do about it; default: to correct the file.

    Raises:
        ConfigurationError: it is no JSON, or breaks the model's form; the message names file and places.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise refusal(relative, told(error), code=code, next_action=next_action) from None


def refusal(relative: str, problem: str, *, code: str = "config_invalid", next_action: str = "") -> ConfigurationError:
    """The error of a file that cannot be used."""
    advice = next_action or "Correct the file and deploy a new release."
    return ConfigurationError(f"namespace_files/{relative}: {problem}.", code=code, next_action=advice)


def told(error: ValidationError) -> str:
    """Every place that breaks the form, and how, in one line."""
    return "; ".join(_told(problem["loc"], problem["msg"]) for problem in error.errors())


def _told(loc: tuple[int | str, ...], message: str) -> str:
    place = ".".join(map(str, loc))
    said = message.removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
