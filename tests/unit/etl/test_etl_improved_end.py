"""How a run ends, from what its steps said."""

import pytest

from etl.improved import ending

OK = {"outcome": {"code": "ok", "message": ""}}


def steps(*, bad: int = 0, state: str = "done", **refusals: str) -> list[dict]:
    found = {
        "extract": {**OK, "rows": 102},
        "transform": {**OK, "rows": 100, "superseded": 2},
        "validate": {**OK, "rows": 100 - bad, "bad": bad},
        "expect": dict(OK),
        "load": {**OK, "state": state, "rows": 100 - bad, "chunks": 1},
    }
    for name, code in refusals.items():
        names = list(found)
        for later in names[names.index(name) + 1 :]:
            found[later] = {}
        found[name] = {"outcome": {"code": code, "message": "no"}}
    return list(found.values())


def judge(*given: dict, least: float = 1.0, failed: bool = False) -> ending.End:
    return ending.judge(given, least, failed=failed)


@pytest.mark.parametrize(
    ("given", "least", "status", "code", "ratio", "published"),
    [
        (steps(), 1.0, "succeeded", "ok", 1.0, True),
        (steps(state="skipped"), 1.0, "skipped", "skipped", 1.0, True),
        (steps(state="planned"), 1.0, "planned", "planned", 1.0, False),
        (steps(bad=2), 0.98, "succeeded", "ok", 0.98, True),
        (steps(bad=2), 1.0, "refused", "low_acceptance", 0.98, True),
        (steps(bad=2, state="planned"), 1.0, "refused", "low_acceptance", 0.98, False),
        (steps(extract="target_missing"), 1.0, "refused", "target_missing", None, False),
        (steps(validate="columns_missing"), 1.0, "refused", "columns_missing", None, False),
        (steps(bad=9, expect="expectations_failed"), 1.0, "refused", "expectations_failed", 0.91, False),
        (steps(bad=9, load="too_many_bad_rows"), 1.0, "refused", "too_many_bad_rows", 0.91, False),
    ],
)
def test_a_run_ends(given, least, status, code, ratio, published):
    end = judge(*given, least=least)
    assert (end.status, end.outcome["code"], end.ratio, end.published) == (status, code, ratio, published)


def test_a_step_that_failed_is_told_even_when_it_said_nothing():
    assert judge(*steps(load="internal"), failed=True).outcome == {"code": "internal", "message": "no"}
    end = judge({}, {}, {}, {}, {}, failed=True)
    assert (end.status, end.outcome["code"], end.published) == ("failed", "execution_failed", False)


def test_nothing_new_is_no_failure():
    nothing = steps()
    for step in nothing:
        step["rows"] = 0
    assert judge(*nothing).ratio == 1.0
