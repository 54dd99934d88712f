"""The benchmark of deploys under load, in short."""

import pytest

from benchmarks import deploy_under_load

pytestmark = pytest.mark.engine


def test_no_execution_fails_or_mixes_releases_while_deploys_and_rollbacks_alternate(server):
    result = deploy_under_load.measure(server.target, seconds=8, per_second=4)
    assert result.mixed == []
    assert set(result.states) == {"SUCCESS"}
    assert set(result.releases) == {"1.0.0", "2.0.0"}
    assert sum(result.releases.values()) == result.states["SUCCESS"]
