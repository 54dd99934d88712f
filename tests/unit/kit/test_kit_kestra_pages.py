"""Reading Kestra's lists page by page, while they change."""

from datetime import UTC, datetime, timedelta

import pytest

from kit import dates, kestra
from kit.errors import InvalidResponseError

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def begun(minute: int, name: str) -> dict[str, object]:
    return {"id": name, "state": {"startDate": dates.to_iso(BEGIN + timedelta(minutes=minute))}}


class Living:
    """Executions, of which some end as soon as a page was told."""

    def __init__(self, found: list[dict[str, object]], ends: set[str]) -> None:
        self.found, self.ends = found, ends

    def ask(self, since: datetime, number: int) -> list[dict[str, object]]:
        late = [one for one in self.found if kestra.moment(one["state"]["startDate"]) >= since]
        self.found = [one for one in self.found if one["id"] not in self.ends]
        return late[(number - 1) * 3 : number * 3]


@pytest.mark.parametrize("ends", [set(), {"e0"}, {"e0", "e1"}, {"e4"}])
def test_one_that_ends_meanwhile_moves_no_other_out_of_sight(ends: set[str]):
    living = Living([begun(number, f"e{number}") for number in range(10)], ends)
    told = {one["id"] for page in kestra.in_time_order(living.ask, "startDate", BEGIN, 3) for one in page}
    assert told >= {f"e{number}" for number in range(10)} - ends


def test_many_of_one_moment_come_to_an_end():
    living = Living([begun(0, f"e{number}") for number in range(8)], set())
    told = [one["id"] for page in kestra.in_time_order(living.ask, "startDate", BEGIN, 3) for one in page]
    assert told == [f"e{number}" for number in range(8)]


class Answers(kestra.Client):
    """A Kestra whose answers a test says, by page."""

    def __init__(self, *answers: object) -> None:
        self.answers = answers

    def api(self, _method, _path, **options):
        return type("Response", (), {"json": lambda _self: self.answers[options["params"]["page"] - 1]})()


def test_pages_end_with_one_that_is_not_full():
    full = [{"id": number} for number in range(kestra.PAGE)]
    client = Answers({"results": full, "total": 101}, {"results": [{"id": 100}], "total": 101})
    assert [one["id"] for one in client.pages("flows/search", {})] == list(range(101))


@pytest.mark.parametrize("answer", [[], {}, {"results": []}, {"total": 1}, {"results": {}, "total": 1}, "no"])
def test_what_is_no_page_is_refused(answer: object):
    with pytest.raises(InvalidResponseError):
        list(Answers(answer).pages("flows/search", {}))


def test_a_list_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr(kestra, "_MOST_PAGES", 2)
    full = {"results": [{}] * kestra.PAGE, "total": 10**9}
    with pytest.raises(InvalidResponseError):
        list(Answers(full, full).pages("flows/search", {}))
