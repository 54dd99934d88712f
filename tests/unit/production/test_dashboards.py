"""Grafana's dashboards: well-formed, of one source, and every query asks for metrics that exist."""

import json
import subprocess
from pathlib import Path

import imagekit
import pytest
import yaml
from test_monitoring import known_metrics

from tests.promkit import names_of, promtool

FOLDER = imagekit.ROOT / "monitoring/grafana"
BOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def panels(path: Path) -> list[dict]:
    return json.loads(path.read_text())["panels"]


def expressions(path: Path) -> list[str]:
    return [target["expr"] for panel in panels(path) for target in panel["targets"]]


def test_there_are_four():
    assert [path.stem for path in BOARDS] == ["cost", "operations", "performance", "quality"]
    uids = [json.loads(path.read_text())["uid"] for path in BOARDS]
    assert len(set(uids)) == len(uids)


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_panels_have_ids_of_their_own_places_that_do_not_overlap_and_the_one_source(path):
    board = json.loads(path.read_text())
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
        assert panel["datasource"] == SOURCE
        assert all(target["datasource"] == SOURCE for target in panel["targets"])
        assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_every_query_asks_for_metrics_that_exist(path):
    assert {name for expr in expressions(path) for name in names_of(expr)} <= known_metrics()


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_every_query_is_promql(path, tmp_path):
    """As rules, because that is what promtool reads."""
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(expressions(path))]
    written = tmp_path / "rules.yml"
    written.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    ran = subprocess.run([promtool(), "check", "rules", written], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_provisioning_finds_prometheus_and_the_dashboards():
    source = yaml.safe_load((FOLDER / "provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
    assert source["uid"] == "prometheus"
    grafana = imagekit.compose()["services"]["grafana"]
    provider = yaml.safe_load((FOLDER / "provisioning/dashboards/opsflows.yml").read_text())["providers"][0]
    assert f"./monitoring/grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    assert source["url"] == "http://prometheus:9090"


def test_a_count_of_what_is_wrong_is_0_when_all_is_well_and_nothing_when_nobody_knows():
    """`No data` looks the same on a good day and while the console cannot ask; these queries tell them apart."""
    panels_of = [panel for path in BOARDS for panel in panels(path) if panel["type"] == "stat"]
    rows_of_trouble = ("opsflows_effects_unsettled", "opsflows_dead_letters_open", "opsflows_etl_quarantine_open")
    asked = [
        target["expr"]
        for panel in panels_of
        for target in panel["targets"]
        if any(name in target["expr"] for name in rows_of_trouble)
    ]
    assert len(asked) == len(rows_of_trouble)
    assert [expr for expr in asked if " or 0 * max(opsflows_collector_up{" not in expr] == []
