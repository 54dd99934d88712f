"""Files that come with a release: SQL, prompts, messages, schemas, configuration."""

from __future__ import annotations

from pathlib import Path

from kit.errors import ConfigurationError

# Beside scripts/ lies namespace_files/, in a checkout as in Kestra's working directory.
_ROOT = Path(__file__).resolve().parents[2] / "namespace_files"


def namespace_file(relative: str) -> Path:
    """Return the path of a file under namespace_files, e.g. `messages/es.json`.

    Raises:
        ConfigurationError: it does not exist, or lies outside.
    """
    path = (_ROOT / relative).resolve()
    if not path.is_relative_to(_ROOT) or not path.is_file():
        raise _missing(relative)
    return path


def read_text(relative: str) -> str:
    """Return the text of a file under namespace_files, UTF-8."""
    return namespace_file(relative).read_text(encoding="utf-8")


def namespace_folder(relative: str) -> Path:
    """Return the path of a folder under namespace_files, e.g. `sql/migrations`.

    Raises:
        ConfigurationError: it does not exist, or lies outside.
    """
    path = (_ROOT / relative).resolve()
    if not path.is_relative_to(_ROOT) or not path.is_dir():
        raise _missing(relative)
    return path


def _missing(relative: str) -> ConfigurationError:
    return ConfigurationError(
        f"namespace_files/{relative} is not there.",
        code="file_missing",
        next_action="Add it to the include list of the task's namespaceFiles, or deploy the release again.",
    )
