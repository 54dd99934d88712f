"""A contract is read strictly, and what is wrong in it is named."""

from datetime import UTC, datetime

import pytest

from etl.load import contract
from kit.errors import ConfigurationError
from tests.etl_support import COLUMNS, contracted

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"key": ["nobody"]}, "nobody"),
        ({"key": ["note"]}, "never null"),
        ({"key": []}, "key"),
        ({"version": "currency"}, "version"),
        ({"columns": [*COLUMNS, COLUMNS[0]]}, "twice"),
        ({"unknown": "ignore"}, "unknown"),
        ({"max_bad_rate": 2}, "max_bad_rate"),
        ({"colums": []}, "colums"),
        ({"columns": [{"name": "event_id", "type": "text", "min": 3}], "version": None}, "min and max"),
        ({"columns": [{"name": "event_id", "type": "string"}], "version": None}, "type"),
        (
            {"columns": [{"name": "event_id", "type": "text"}, {"name": "n", "type": "bigint", "min": 9, "max": 1}]},
            "min",
        ),
        ({"columns": [{"name": "event_id", "type": "text"}, {"name": "t", "type": "date", "max": "soon"}]}, "soon"),
        ({"columns": [{"name": "event_id", "type": "text"}, {"name": "t", "type": "date", "max": "now+3y"}]}, "now"),
    ],
)
def test_a_wrong_contract_is_refused(changes, told):
    with pytest.raises(ConfigurationError, match=told) as refused:
        contracted(**changes)
    assert refused.value.code == "contract_wrong"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-01", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2020-01-01T02:00:00+02:00", datetime(2020, 1, 1, tzinfo=UTC)),
        ("now", NOW),
        ("now+2h", datetime(2026, 11, 21, 14, tzinfo=UTC)),
        ("now-21d", datetime(2026, 10, 31, 12, tzinfo=UTC)),
    ],
)
def test_bounds_of_times(text, expected):
    assert contract.instant(text, NOW) == expected


def test_an_unknown_dataset_has_no_contract():
    with pytest.raises(ConfigurationError) as refused:
        contract.read("nothing_of_ours")
    assert refused.value.code == "file_missing"
