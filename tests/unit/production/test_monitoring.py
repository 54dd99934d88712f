"""Prometheus' configuration, its rules with their own tests, and Alertmanager's routes."""

import json
import re
import subprocess
from functools import cache

import imagekit
import pytest
import yaml

from tests.promkit import amtool, names_of, promtool

FOLDER = imagekit.ROOT / "monitoring"
RULES = sorted((FOLDER / "prometheus/rules").glob("*.yml"))
TESTS = sorted((FOLDER / "prometheus/tests").glob("*.yml"))
RUNBOOK = "https://github.com/your-company/opsflows/blob/main/docs/runbook/alerts/"
# What Prometheus itself adds or tells.
OF_PROMETHEUS = {"up"}


@cache
def rules() -> list[dict]:
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


@cache
def known_metrics() -> set[str]:
    """Every name that a rule or a panel may ask for."""
    registry = json.loads((imagekit.ROOT / "namespace_files/config/metrics.json").read_text())
    kestra = (FOLDER / "prometheus/kestra-metrics.txt").read_text()
    names = {one["name"] for one in registry} | OF_PROMETHEUS
    for name, kind in re.findall(r"(?m)^(\w+) (\w+)$", kestra):
        names |= {name, f"{name}_count", f"{name}_sum"} if kind == "summary" else {name}
    return names


def run(*command: object) -> subprocess.CompletedProcess:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def test_the_configuration_is_read_by_prometheus():
    ran = run(promtool(), "check", "config", "--syntax-only", FOLDER / "prometheus/prometheus.yml")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_every_rule_fires_and_is_silent_as_its_test_says(path):
    ran = run(promtool(), "test", "rules", path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_rule_is_tried_both_ways():
    fires, silent = set(), set()
    for path in TESTS:
        for test in yaml.safe_load(path.read_text())["tests"]:
            for case in test["alert_rule_test"]:
                (fires if case["exp_alerts"] else silent).add(case["alertname"])
    names = {rule["alert"] for rule in rules()}
    assert fires == names
    # The sign of life never stops.
    assert silent == names - {"Watchdog"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_says_what_it_means_how_bad_it_is_and_what_to_do(rule):
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", rule["alert"]).lower()
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"{RUNBOOK}{name}.md"
    assert rule["labels"]["severity"] in ({"none"} if rule["alert"] == "Watchdog" else {"critical", "warning"})
    assert names_of(rule["expr"]) <= known_metrics()


def test_the_check_of_names_sees_one_that_does_not_exist():
    asked = 'sum by (job) (rate(opsflows_nothing_total{state="up"}[5m])) / opsflows_receipts_24h'
    assert names_of(asked) - known_metrics() == {"opsflows_nothing_total"}


def test_names_are_unique():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))


def test_alertmanager_reads_its_configuration():
    ran = run(amtool(), "check-config", FOLDER / "alertmanager/alertmanager.yml")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["severity=critical", "alertname=KestraDown"], "incidents"),
        (["severity=warning", "alertname=EtlStale"], "data-alerts"),
        (["severity=none", "alertname=Watchdog"], "heartbeat"),
        (["alertname=Unknown"], "data-alerts"),
    ],
)
def test_alerts_reach_whom_their_severity_says(labels, receiver):
    path = FOLDER / "alertmanager/alertmanager.yml"
    ran = run(amtool(), "config", "routes", "test", f"--config.file={path}", *labels)
    assert ran.stdout.split() == [receiver], ran.stderr


def test_alertmanager_holds_no_secret():
    """Each is a file; what is left in the file itself are addresses."""
    given = yaml.safe_load((FOLDER / "alertmanager/alertmanager.yml").read_text())
    keys = re.findall(r"'(\w*(?:key|url|password|token)\w*)'", str(given))
    assert {key for key in keys if not key.endswith("_file")} == set()
    assert {"api_url_file", "routing_key_file", "smtp_auth_password_file"} <= set(keys)
