"""Any chunk size, any number of workers and any points of failure give the state of one undisturbed load."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.load import publish
from tests import etl_support as kit


class PulledPlugError(BaseException):
    """No handler of ours catches it, as none would catch a power cut."""


@pytest.fixture(scope="module")
def whole(migrated):
    """What one undisturbed load of one chunk gives."""
    kit.execute(migrated, kit.TABLE)
    with tempfile.TemporaryDirectory() as folder:
        kit.load(migrated, kit.write(Path(folder), kit.dirty_rows(400)))
    return kit.state(migrated)


@given(
    chunk=st.one_of(
        st.fixed_dictionaries({"chunk_rows": st.integers(3, 600)}),
        st.fixed_dictionaries({"chunk_bytes": st.integers(300, 60_000)}),
    ),
    cuts=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["_checkpoint", "_rows", "once"])), max_size=4),
    preloaded=st.booleans(),
)
@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_chunks_and_failures_change_nothing(migrated, whole, chunk, cuts, preloaded):
    kit.execute(migrated, kit.TABLE)
    with tempfile.TemporaryDirectory() as folder:
        if preloaded:  # so that the plan is the diff
            kit.load(migrated, kit.write(Path(folder), kit.dirty_rows(400)[::3]), run="run-0")
        path = kit.write(Path(folder), kit.dirty_rows(400))
        for count, moment in cuts:
            with pytest.MonkeyPatch.context() as patch:
                failing(patch, moment, count)
                try:
                    kit.load(migrated, path, **chunk)
                except PulledPlugError:
                    continue
        report = kit.load(migrated, path, **chunk)
    assert kit.state(migrated) == whole
    assert report.rows - report.duplicates == whole[1]
    assert kit.rows_of(migrated, ONCE) == []


ONCE = "select event_id from sales_events group by event_id having count(*) > 1"


def failing(patch: pytest.MonkeyPatch, moment: str, count: int) -> None:
    """Pull the plug before or after the `count`th use of a function."""
    owner = publish if moment != "once" else __import__("etl.load.part", fromlist=["Part"]).Part
    real, used = getattr(owner, moment), []

    def pulled(*arguments):
        used.append(1)
        result = real(*arguments)
        if len(used) > count:
            raise PulledPlugError
        return result

    patch.setattr(owner, moment, pulled)
