"""Which sources there are, and how each is read: namespace_files/config/sources.json, or a flow's own JSON."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from etl.load.contract import Name
from kit import configs, files
from kit.errors import ConfigurationError

FILE: Final = "config/sources.json"


class _Config(BaseModel):
    """What all have.

    Attributes:
        dataset: names the contract.
        window_column: when the source recorded a row; windows are cut by it.
        overlap_s: how far a reading from the checkpoint looks back, for rows that were committed late.
        fallback: the name of the source that is read when this one is away.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dataset: Name
    window_column: Name | None = "recorded_at"
    overlap_s: float = Field(300, ge=0, le=86_400)
    fallback: str | None = None


class PostgresTable(_Config):
    """A table, in the database of OPSFLOWS_ETL_SOURCE_DSN.

    Attributes:
        key: columns that name a row, and that grow; rows come in the order of time and key.
        read: `copy` reads all in one snapshot, `keyset` in pages of short statements.
        page_rows: rows of such a page.
    """

    kind: Literal["postgres"]
    schema_name: Name = "source"
    table: Name
    key: tuple[Name, ...] = Field(("seq",), min_length=1)
    read: Literal["copy", "keyset"] = "copy"
    page_rows: int = Field(50_000, ge=1, le=1_000_000)


class Api(_Config):
    """A list of an HTTP API, at OPSFLOWS_ETL_API_URL.

    Attributes:
        path: of the list.
        paging: by number of page, or by cursor.
        key: the field, a whole number, that names a row.
        page_rows: rows of a page; fewer when they are too large for one answer.
    """

    kind: Literal["api"]
    path: str = Field(pattern=r"^/[\w./-]{1,200}$")
    paging: Literal["page", "cursor"] = "cursor"
    key: Name = "seq"
    page_rows: int = Field(1_000, ge=1, le=10_000)


class Files(_Config):
    """A file, or a folder with one folder a day (`date=2026-11-20/`).

    Attributes:
        uri: below OPSFLOWS_ETL_BUCKET, or `s3://bucket/path`, or `file:path`; a folder ends with a slash.
        key: columns beside the contract's that may be there.
    """

    kind: Literal["csv", "parquet"]
    uri: str = Field(min_length=1, max_length=1_000)
    key: tuple[Name, ...] = ("seq",)


Config = Annotated[PostgresTable | Api | Files, Field(discriminator="kind")]


def everything() -> dict[str, PostgresTable | Api | Files]:
    """All sources by name.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    return configs.parse(RootModel[dict[Name, Config]], files.read_text(FILE), FILE).root


def named(name: str) -> PostgresTable | Api | Files:
    """The source of that name.

    Raises:
        ConfigurationError: there is none, or the file is wrong.
    """
    known = everything()
    try:
        return known[name]
    except KeyError:
        raise ConfigurationError(
            f"There is no source {name}.",
            code="source_unknown",
            next_action=f"Choose one of {', '.join(sorted(known))}, or add it to namespace_files/{FILE}.",
        ) from None


def parse(data: dict[str, Any] | str, where: str) -> PostgresTable | Api | Files:
    """The source that JSON describes; `where` names it in the error.

    Raises:
        ConfigurationError: it describes none.
    """
    import json

    return configs.parse(RootModel[Config], data if isinstance(data, str) else json.dumps(data), where).root
