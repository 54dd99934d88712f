"""etl_setup and etl_improved on the engine: rows come from a source table, are accounted for, or refused rightly."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flowkit import Receipts, wait_for

from kit import db
from tools.stack.stack import Stack

pytestmark = [pytest.mark.engine]
SOURCE = """
create schema if not exists source;
drop table if exists source.sales_events;
create table source.sales_events (
    seq bigint primary key, recorded_at timestamptz not null default now(), event_id text, customer_id text,
    event_type text, occurred_at text, amount text, currency text, quantity text, payload text);
insert into source.sales_events
select n, now() - interval '1 minute', 'flow-' || n, n::text, case when n % 10 = 0 then 'refund' else 'sale' end,
    to_char(now() - interval '1 day', 'YYYY-MM-DD') || 'T10:00:00Z', n || '.50', 'EUR', '1', '{"n": 1}'
from generate_series(1, 700) n
"""


class Etl:
    """The flows of the namespace opsflows.etl, as a person starts them."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.seen = stack, Receipts(stack)

    def start(self, flow: str, **inputs: str) -> dict[str, Any]:
        """An execution that has ended."""
        return self.seen.start(f"etl.{flow}", **inputs)

    def outputs(self, flow: str, **inputs: str) -> dict[str, Any]:
        return self.seen.outputs(self.start(flow, **inputs)["id"])

    def newest(self, flow: str, since: str) -> dict[str, Any]:
        """The outputs of the flow's execution that ran last, begun after that moment; it is waited for."""

        def look() -> dict[str, Any] | None:
            asked = {"filters[namespace][EQUALS]": "opsflows.etl", "filters[flowId][EQUALS]": flow, "size": 1}
            found = self.seen.get("executions/search", sort="state.startDate:desc", **asked).json()["results"]
            begun = [one for one in found if _moment(one["state"]["startDate"]) > _moment(since)]
            return begun[0] if begun else None

        return self.seen.outputs(wait_for(look, f"{flow} to start")["id"])

    def execute(self, sql: str) -> None:
        with db.connect(self.stack.postgres.dsn) as conn:
            db.execute(conn, sql)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def etl(stack: Stack) -> Iterator[Etl]:
    found = Etl(stack)
    found.execute(SOURCE)
    found.execute("truncate etl_runs, etl_checkpoints, etl_improved_events cascade")
    yield found
    found.execute("drop table if exists source.sales_events")


@pytest.mark.slow
def test_rows_are_brought_counted_and_refused(etl: Etl):
    assert etl.outputs("etl_setup", dry_run="true")["created"] == ["public.sales_events"]
    assert len(etl.outputs("etl_setup")["partitions"]) == 3
    assert etl.outputs("etl_migration")["outcome"] == "already_partitioned"
    started = etl.start("etl_improved")
    first = etl.seen.outputs(started["id"])
    assert (first["outcome"], first["counts"]["total_rows"], first["counts"]["ratio"]) == ("ok", 700, 1.0)
    found = etl.seen.row("select count(*) as rows, sum(net_amount) as net from etl_improved_events")
    assert found == {"rows": 700, "net": sum((1 if n % 10 else -1) * n for n in range(1, 701)) + (630 - 70) / 2}
    followed(etl, started["state"]["startDate"])
    etl.execute("update source.sales_events set quantity = '0', recorded_at = now() where seq <= 100")
    refused = etl.start("etl_improved")
    assert refused["state"]["current"] == "FAILED"
    outputs = etl.seen.outputs(refused["id"])
    assert (outputs["outcome"], outputs["counts"]["status"]) == ("too_many_bad_rows", "refused")
    assert etl.seen.row("select count(*) as rows from etl_improved_events where quantity = 0") == {"rows": 0}


def followed(etl: Etl, since: str) -> None:
    """What a success starts: four flows, which find source and table equal and nothing to complain of."""
    consumer, reconciled = etl.newest("etl_consumer", since), etl.newest("post_etl_consumer", since)
    assert (consumer["alerts"], consumer["metrics"]["total_rows"]) == ([], 700)
    assert reconciled["equal"]
    assert reconciled["counts"] == {"equal": 700, "newer": 0, "missing": 0, "different": 0, "bad": 0}
    rows = {row["name"]: row["events"] for row in etl.newest("etl_downstream_example", since)["rows"]}
    assert rows == {"sale": 630, "refund": 70}
    report = etl.newest("post_etl_report", since)
    owner = report["pdf"].split("/executions/")[1].split("/", maxsplit=1)[0]
    assert etl.seen.get(f"executions/{owner}/file", path=report["pdf"]).content.startswith(b"%PDF-")
    assert report["counts"]["runs"] >= 1


def test_a_source_that_is_not_there_is_told_in_the_book_and_to_people(etl: Etl):
    etl.execute("drop table source.sales_events")
    ended = etl.start("etl_improved")
    assert ended["state"]["current"] == "FAILED"
    assert etl.seen.outputs(ended["id"])["outcome"] == "source_missing"
    assert etl.seen.row("select status, outcome ->> 'code' as code from etl_runs") == {
        "status": "refused",
        "code": "source_missing",
    }
    alerts = wait_for(
        lambda: etl.seen.rows("select kind, message from etl_improved_alerts where kind = 'run_failed'"), "the alert"
    )
    assert "source_missing" in alerts[0]["message"]
    sql = "select level, message from ops.alerts where event = 'etl_run_failed' and state = 'firing'"
    told = wait_for(lambda: etl.seen.row(sql), "people to be told")
    assert (told["level"], "source_missing" in told["message"]) == ("CRITICAL", True)
