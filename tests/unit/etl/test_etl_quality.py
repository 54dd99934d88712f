"""The data-quality gate: rows by number and by what they lack."""

import pytest

from etl import quality
from kit.errors import ConfigurationError, RefusedInputError

BOUNDS = {"least": 1, "most": 100}


def test_what_passes_tells_its_shares_of_nulls():
    assert quality.gate(8, {"note": 2, "other": 8}, rates={"note": 0.25}, **BOUNDS) == {"note": 0.25}
    assert quality.gate(0, {}, rates={"note": 0.0}, least=0, most=1) == {"note": 0.0}


@pytest.mark.parametrize(
    ("rows", "nulls", "code"), [(0, 0, "dq_too_few_rows"), (101, 0, "dq_too_many_rows"), (100, 26, "dq_nulls")]
)
def test_what_does_not_pass_says_why(rows, nulls, code):
    with pytest.raises(RefusedInputError) as refused:
        quality.gate(rows, {"note": nulls}, rates={"note": 0.25}, **BOUNDS)
    assert refused.value.code == code


def test_limits_are_read_from_the_setting():
    assert quality.null_rates([" note = 0.5", "payload=1"], ["note", "payload"]) == {"note": 0.5, "payload": 1.0}


@pytest.mark.parametrize("text", ["note", "note=x", "note=1.1", "note=-0.1", "nobody=0.5"])
def test_limits_of_another_form_are_refused(text):
    with pytest.raises(ConfigurationError) as refused:
        quality.null_rates([text], ["note"])
    assert refused.value.code == "null_rate_wrong"
