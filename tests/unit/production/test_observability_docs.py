"""docs/observability.md: every metric and log field is in it, and every statement and query of it runs."""

import json
import re
import subprocess

import imagekit
import pytest
import yaml
from test_monitoring import known_metrics

from kit import db
from tests import logkit
from tests.kit_support import migrated
from tests.promkit import names_of, promtool

__all__ = ("migrated",)
PAGE = (imagekit.ROOT / "docs/observability.md").read_text()
TEMPLATE = json.loads((imagekit.ROOT / "monitoring/elasticsearch/index-template.json").read_text())
MAPPED = TEMPLATE["template"]["mappings"]["properties"]


def blocks(language: str) -> str:
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL))


def test_the_table_of_metrics_is_the_registry():
    registry = json.loads((imagekit.ROOT / "namespace_files/config/metrics.json").read_text())
    rows = [
        f"| `{one['name']}` | {', '.join(one['labels']) or 'none'} | {one['unit']} | {one['help']} |"
        for one in registry
    ]
    assert re.findall(r"(?m)^\| `opsflows_.*", PAGE) == rows


def test_every_field_that_a_log_line_can_have_is_mapped_and_documented():
    fields = logkit.ALWAYS | logkit.facts()
    assert {"code", "query", "execution_id"} <= fields
    assert sorted(fields - MAPPED.keys()) == []
    assert sorted(name for name in fields if f"`{name}`" not in PAGE) == []


@pytest.mark.parametrize("field", sorted(logkit.KESTRA | logkit.KESTRA_OF_A_TASK))
def test_every_field_of_kestras_lines_is_mapped_and_documented(field):
    assert field.replace(".", "_") in MAPPED
    assert f"`{field}`" in PAGE


def test_every_statement_runs(migrated):
    statements = [one.strip() for one in blocks("sql").split(";") if one.strip()]
    assert len(statements) > 10
    with db.connect(migrated) as conn:
        for one in statements:
            db.fetch_all(conn, one)


def test_every_query_is_promql_about_metrics_that_exist(tmp_path):
    queries = blocks("promql").splitlines()
    assert {name for query in queries for name in names_of(query)} <= known_metrics()
    rules = [{"record": f"page:{number}", "expr": query} for number, query in enumerate(queries)]
    written = tmp_path / "rules.yml"
    written.write_text(yaml.safe_dump({"groups": [{"name": "page", "rules": rules}]}))
    ran = subprocess.run([promtool(), "check", "rules", written], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_what_fluent_bit_writes_is_what_the_template_maps():
    conf = (imagekit.ROOT / "monitoring/fluent-bit/fluent-bit.conf").read_text()
    prefix = re.search(r"Logstash_Prefix\s+(\S+)", conf)[1]
    assert TEMPLATE["index_patterns"] == [f"{prefix}-*"]
    parsers = re.findall(r"Name\s+(\w+)", (imagekit.ROOT / "monitoring/fluent-bit/parsers.conf").read_text())
    assert set(re.findall(r"(?m)^\s+Parser\s+(\w+)", conf)) == set(parsers)
    # Secrets come by the environment.
    assert re.findall(r"HTTP_Passwd\s+(\S+)", conf) == ["${ELASTICSEARCH_PASSWORD}"]
