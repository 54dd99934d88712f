"""Parameters of the API, checked before anything is asked of the database."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import Request  # noqa: TC002 - FastAPI reads the annotation
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from console.api.problems import BadRequestError, Wrong
from console.etl import book

MOST: Final = 1000
MOST_CSV: Final = 1_000_000
_Model = TypeVar("_Model", bound=BaseModel)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _moment(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day like 2026-11-22, or a time with its zone like 2026-11-22T08:00:00Z") from None
    if found.tzinfo is None:
        raise ValueError("needs a zone, such as 2026-11-22T08:00:00Z; a + must be sent as %2B")
    return found


def _printable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold NUL")
    return text


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2026-11-22", "2026-11-22T08:00:00Z"]}),
]
Text = Annotated[str, Field(max_length=200), AfterValidator(_printable)]


class History(BaseModel):
    """Which runs, how many, and as what."""

    model_config = ConfigDict(extra="forbid")

    limit: int | None = Field(
        None,
        ge=1,
        le=MOST_CSV,
        description=f"most runs: JSON 1 to {MOST}, 100 when not given; CSV up to {MOST_CSV}, all when not given",
    )
    start: Moment | None = Field(None, description="runs that began then or later: a day (UTC) or a time with its zone")
    end: Moment | None = Field(None, description="runs that began before that day or time")
    flow: Text | None = Field(None, description="of this flow")
    run_label: Text | None = Field(None, description="with this label")
    status: Literal["running", "succeeded", "failed", "refused", "skipped", "planned"] | None = Field(
        None, description="in this state"
    )
    dry_run: bool | None = Field(None, description="true: rehearsals only; false: none of them")
    cursor: str | None = Field(None, max_length=500, description="`next` of the page before")
    format: Literal["json", "csv"] = Field(
        "json", description="csv: a download, with texts that no sheet takes for formulas"
    )

    @property
    def filters(self) -> book.Filters:
        """As the book takes them."""
        return book.Filters(
            flow=self.flow,
            run_label=self.run_label,
            status=self.status,
            dry_run=self.dry_run,
            start=self.start,
            end=self.end,
        )


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid")


def history(request: Request) -> History:
    """The parameters of the history.

    Raises:
        BadRequestError: one of them is wrong, unknown, or given twice.
    """
    given = read(request, History)
    errors = []
    if given.start and given.end and given.start >= given.end:
        errors.append(Wrong(name="end", problem="must be later than start"))
    if given.format == "json" and given.limit and given.limit > MOST:
        errors.append(Wrong(name="limit", problem=f"must be {MOST} at most; more come as CSV, or with cursor"))
    if given.cursor is not None and (given.format == "csv" or not book.is_place(given.cursor)):
        why = "is for JSON only" if given.format == "csv" else "must be `next` of the page before, unchanged"
        errors.append(Wrong(name="cursor", problem=why))
    if errors:
        raise BadRequestError(errors)
    return given


def nothing(request: Request) -> None:
    """Refuse parameters where there are none.

    Raises:
        BadRequestError: there is one.
    """
    read(request, Nothing)


def read(request: Request, model: type[_Model]) -> _Model:
    """The query of a request as a model.

    Raises:
        BadRequestError: one of the parameters is wrong, unknown, or given twice.
    """
    query = request.query_params
    twice = [Wrong(name=name[:100], problem="is given twice") for name in query if len(query.getlist(name)) > 1]
    if twice:
        raise BadRequestError(twice)
    try:
        return model.model_validate(dict(query))
    except ValidationError as error:
        raise BadRequestError([_wrong(one) for one in error.errors(include_url=False, include_input=False)]) from None


def _wrong(error: Any) -> Wrong:
    name = ".".join(str(part) for part in error["loc"])[:100]
    if error["type"] == "extra_forbidden":
        return Wrong(name=name, problem="is no parameter of this address")
    return Wrong(name=name, problem=str(error["msg"]).removeprefix("Value error, "))
