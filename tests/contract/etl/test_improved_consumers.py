"""What follows a run of etl_improved: alerts, an analysis, a reconciliation, the day's report."""

from pathlib import Path

import pytest
from improvedkit import Improved, improved

from etl import consume, downstream, reconcile, report, report_card
from kit import dates, db, task
from kit.errors import NotFoundError

__all__ = ["improved"]
CTX = task.Context(execution_id="after-1", flow_id="etl_consumer", namespace="opsflows.etl")


def consumed(**inputs) -> dict:
    return consume.run(consume.Inputs(**inputs), CTX)


def test_a_good_run_raises_nothing_and_its_figures_are_told(improved: Improved):
    with pytest.raises(NotFoundError, match="no run"):
        consumed()
    improved.fill(1, 20)
    improved.run("e1")
    found = consumed(etl_execution="e1")
    assert (found["alerts"], found["run"]["status"], found["metrics"]["total_rows"]) == ([], "succeeded", 20.0)
    assert improved.one("select measured from mv_etl_metrics_daily where name = 'total_rows'") == {"measured": 1}


def test_a_low_ratio_and_a_refusal_are_alerts_once(improved: Improved):
    improved.fill(1, 100)
    improved.change("update source.sales_events set quantity = '0' where seq <= 3")
    improved.run("e1")
    first, again = consumed(etl_execution="e1"), consumed()
    assert [alert["kind"] for alert in first["alerts"]] == ["run_failed", "low_ratio"]
    assert first["alerts"] == again["alerts"]
    assert improved.one("select count(*) as alerts from v_etl_recent_alerts") == {"alerts": 2}
    assert "97.00%" in first["alerts"][1]["message"]
    sql = "select event, level, count, message from ops.alerts where state = 'firing' order by event"
    low, failed = db.fetch_all(improved.conn, sql)
    assert (failed["event"], failed["level"], failed["count"]) == ("etl_run_failed", "CRITICAL", 1)
    assert (low["event"], low["level"], low["count"]) == ("etl_low_ratio", "WARNING", 1)
    assert "97.00%" in low["message"]


def test_a_later_good_run_ends_what_was_told(improved: Improved):
    improved.fill(1, 100)
    improved.change("update source.sales_events set quantity = '0' where seq <= 3")
    improved.run("e1")
    consumed(etl_execution="e1")
    improved.fill(101, 500)
    improved.run("e2", min_acceptance_ratio=0.5)
    assert consumed(etl_execution="e2")["run"]["status"] == "succeeded"
    assert improved.one("select count(*) as firing from ops.alerts where state = 'firing'") == {"firing": 0}
    assert improved.one("select resolved_by from ops.alerts where event = 'etl_low_ratio'") == {"resolved_by": "e2"}


def test_fewer_rows_than_usual_are_an_alert_and_a_rehearsal_is_none(improved: Improved):
    improved.fill(1, 100)
    for number in range(5):
        improved.change("update etl_checkpoints set watermark = '2026-11-01T00:00:00Z'")  # everything is new again
        improved.run(f"e{number}", chunk_size=100 + number)
        improved.change("delete from etl_loads")
    improved.change("update etl_checkpoints set watermark = now()")
    improved.run("e5")  # nothing new
    assert [alert["kind"] for alert in consumed(etl_execution="e5")["alerts"]] == ["rows_drop"]
    improved.run("e6", dry_run=True)
    assert consumed(etl_execution="e6")["alerts"] == []


@pytest.mark.parametrize(
    ("analysis", "first"),
    [("by_type", ("sale", 10)), ("by_day", ("2026-11-20", 10)), ("by_customer", ("10", 1))],
)
def test_an_analysis_is_a_report_and_rows(improved: Improved, analysis, first):
    improved.fill(1, 10)
    improved.run("e1")
    found = downstream.run(downstream.Inputs(analysis_type=analysis, top_n=3, days=36_500), CTX)
    assert (found["rows"][0]["name"], found["rows"][0]["events"]) == first
    assert len(found["rows"]) <= 3
    assert f"| {first[0]} | EUR |" in Path(downstream.REPORT).read_text()


def reconciled(**inputs) -> dict:
    return reconcile.run(reconcile.Inputs(**inputs), CTX)


def test_source_and_table_are_equal_after_a_load(improved: Improved):
    assert reconciled()["outcome"]["code"] == "nothing_loaded"
    improved.fill(1, 50)
    improved.change("update source.sales_events set recorded_at = now() - interval '1 hour'")
    improved.change("update source.sales_events set quantity = '0' where seq = 50")
    improved.run("e1")
    found = reconciled()
    assert (found["equal"], found["counts"]) == (
        True,
        {"equal": 49, "newer": 0, "missing": 0, "different": 0, "bad": 1},
    )
    assert found["sums"] == [
        {"currency": "EUR", "rows": 49, "target_rows": 49, "source": "1249.50", "target": "1249.50"}
    ]
    assert found["alerts"] == []


def test_what_is_missing_or_different_is_found_and_told_once(improved: Improved):
    improved.fill(1, 50)
    improved.change("update source.sales_events set recorded_at = now() - interval '1 hour'")
    improved.run("e1")
    improved.change("delete from etl_improved_events where event_id = 'evt-7'")
    improved.change(
        "update etl_improved_events set amount = 0, net_amount = 0, fingerprint = 'x' where event_id = 'evt-9'"
    )
    improved.change(
        "update etl_improved_events set occurred_at = occurred_at + interval '1 hour' where event_id = 'evt-8'"
    )
    found, again = reconciled(), reconciled()
    assert found["counts"] == {"equal": 47, "newer": 1, "missing": 1, "different": 1, "bad": 0}
    assert found["examples"] == ["evt-7", "evt-9"]
    assert found["alerts"] == again["alerts"]
    (sums,) = found["sums"]
    assert (sums["rows"], sums["target_rows"]) == (49, 48)
    assert improved.one("select level from etl_improved_alerts where kind = 'reconcile'") == {"level": "critical"}


def test_the_day_is_reported_as_markdown_and_pdf(improved: Improved):
    improved.fill(1, 100)
    improved.change("update source.sales_events set currency = '=1|<b>' where seq = 3")
    improved.run("e1", run_label="a_b")
    consumed()
    found = report.run(report.Inputs(), CTX)
    assert found["counts"] == {"runs": 1, "events": 1, "alerts": 1, "quarantine": 1}
    text = Path(report.MARKDOWN).read_text()
    assert "| etl\\_improved | a\\_b | refused | low\\_acceptance | 100 | 99 | 99.00% |" in text
    assert Path(report.PDF).read_bytes().startswith(b"%PDF-")
    assert report.run(report.Inputs(), CTX)["digest"] == found["digest"]
    card = report_card.blocks(report_card.Inputs(**{name: found[name] for name in ("day", "title", "counts")}), CTX)
    assert str(dates.today().year) in str(card)
    empty = report.run(report.Inputs(day="2001-01-01"), CTX)
    assert (empty["counts"]["runs"], db.fetch_one(improved.conn, "select 1 as one")) == (0, {"one": 1})
