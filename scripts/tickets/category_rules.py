"""The rules for categories: words by category, accounts, and what a company sets otherwise; read and checked.

`namespace_files/config/categories.json` comes with a release. A company's own `categories.company.json` beside it adds
to it: its values win.
"""

import json
import re
from functools import cache
from typing import Any, Final, NamedTuple, TypedDict

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kit import configs, files
from kit.errors import ConfigurationError
from kit.text import fold
from tickets.extraction.rules.taxid import country_of

RULES: Final = "config/categories.json"
COMPANY: Final = "config/categories.company.json"

# Three digits of the Spanish chart of accounts, or a company's longer ones.
_ACCOUNT: Final = r"^[0-9]{3,12}$"


class _Refused(TypedDict):
    code: str
    next_action: str


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# How a file that cannot be used is refused.
_REFUSED: Final[_Refused] = {
    "code": "categories_invalid",
    "next_action": "Correct the file and deploy a new release; docs/categories.md describes it.",
}


class Category(_Part):
    """A kind of expense: its account, and the words that tell it in a merchant's name and in a line."""

    id: str = Field(pattern=r"^[a-z][a-z_]{1,30}$")
    account: str = Field(pattern=_ACCOUNT)
    names: list[str] = []
    lines: list[str] = []


class Rules(_Part):
    """All categories, the one for what fits none, and the category of merchants by tax number."""

    default_account: str = Field(pattern=_ACCOUNT)
    default_category: str
    categories: list[Category]
    merchants: dict[str, str] = {}

    @model_validator(mode="after")
    def _consistent(self) -> "Rules":
        known = [category.id for category in self.categories]
        if twice := sorted({name for name in known if known.count(name) > 1}):
            raise ValueError(f"categories: {', '.join(twice)} stands twice")
        used = {"default_category": self.default_category} | {
            f"merchants.{key}": v for key, v in self.merchants.items()
        }
        if unknown := [f"{where}: there is no category {name!r}" for where, name in used.items() if name not in known]:
            raise ValueError("; ".join(unknown))
        if unsound := [number for number in self.merchants if not country_of(number)]:
            raise ValueError(f"merchants: {', '.join(unsound)} is no valid tax number")
        return self


class Company(_Part):
    """What a company sets otherwise; all of it may be left out."""

    default_account: str | None = Field(None, pattern=_ACCOUNT)
    default_category: str | None = None
    accounts: dict[str, str] = {}
    names: dict[str, list[str]] = {}
    lines: dict[str, list[str]] = {}
    merchants: dict[str, str] = {}


class Words(NamedTuple):
    """The words of a category, ready to be looked for."""

    category: str
    names: re.Pattern[str] | None
    lines: re.Pattern[str] | None


@cache
def load() -> Rules:
    """The rules of this release with the company's own.

    Raises:
        ConfigurationError: a file is no JSON or breaks the rules' form; the message names the file and the place.
    """
    return combined(files.read_text(RULES), files.read_text(COMPANY) if _is_there(COMPANY) else None)


@cache
def words() -> tuple[Words, ...]:
    """The patterns of each category, in the order of the file."""
    return tuple(
        Words(category.id, _pattern(category.names), _pattern(category.lines)) for category in load().categories
    )


def combined(rules: str, company: str | None) -> Rules:
    """Read the rules and put a company's own over them; see `load`."""
    base = configs.parse(Rules, rules, RULES, **_REFUSED)
    if company is None:
        return base
    own = configs.parse(Company, company, COMPANY, **_REFUSED)
    known = {category.id for category in base.categories}
    named = {"accounts": list(own.accounts), "names": list(own.names), "lines": list(own.lines)}
    if wrong := [f"{part}.{name}" for part, names in named.items() for name in names if name not in known]:
        problem = f"there is no such category: {', '.join(wrong)}; known are {', '.join(sorted(known))}"
        raise configs.refusal(COMPANY, problem, **_REFUSED)
    changed = {
        "default_account": own.default_account or base.default_account,
        "default_category": own.default_category or base.default_category,
        "categories": [_changed(category, own) for category in base.categories],
        "merchants": {**base.merchants, **own.merchants},
    }
    return configs.parse(Rules, json.dumps(changed), COMPANY, **_REFUSED)


def _changed(category: Category, own: Company) -> dict[str, Any]:
    return {
        "id": category.id,
        "account": own.accounts.get(category.id, category.account),
        "names": [*own.names.get(category.id, []), *category.names],
        "lines": [*own.lines.get(category.id, []), *category.lines],
    }


def _pattern(phrases: list[str]) -> re.Pattern[str] | None:
    """Whole words, without accents and case; a star stands for the rest of a word."""
    parts = [re.escape(fold(phrase)).replace(r"\*", r"\w*") for phrase in sorted(phrases, key=len, reverse=True)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)") if parts else None


def _is_there(relative: str) -> bool:
    try:
        return files.namespace_file(relative).is_file()
    except ConfigurationError:
        return False
