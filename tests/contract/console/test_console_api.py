"""The API: who may read it, what it answers, what it refuses and how it says so."""

import csv
import io
import itertools
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from etl import record
from kit import db
from tests.book_support import TOKEN
from tests.console_support import PASSWORD

PATHS = [
    "metrics/latest",
    "metrics/history",
    "metrics/history?format=csv",
    "alerts/recent",
    "etl/health",
    "etl/metrics",
    "openapi.json",
]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1", '"=1', '=HYPERLINK("http://x","y")']
NAMES = {
    "etl_latest_total_rows",
    "etl_latest_expected_rows",
    "etl_latest_ratio",
    "etl_latest_num_chunks",
    "etl_latest_run_age_seconds",
    "etl_latest_dry_run",
    "etl_daily_runs",
    "etl_daily_total_rows",
    "etl_daily_ratio_avg",
    "etl_daily_low_ratio_count",
    "etl_alerts_24h_count",
    "etl_total_runs_all_time",
    "etl_low_ratio_runs_all_time",
    "etl_avg_ratio_all_time",
}


def pages(book, limit, **params):
    """Every page of the history, by `next`."""
    cursor = {}
    while True:
        found = book.get("metrics/history", limit=limit, **params, **cursor).json()
        yield found["runs"]
        if not found["next"]:
            return
        cursor = {"cursor": found["next"]}


def problem(answer, status):
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    return found


def _cookie(desk):
    return "; ".join(f"{one.name}={one.value}" for one in desk.sign_in().cookies)


@pytest.mark.parametrize("path", PATHS)
def test_it_opens_with_the_token_a_password_or_a_session_and_with_nothing_else(book, desk, path):
    assert book.get(path).status_code == 200
    assert requests.get(f"{book.url}/api/{path}", auth=("opsflows", PASSWORD), timeout=20).status_code == 200
    assert book.get(path, token=None, headers={"Cookie": _cookie(desk)}).status_code == 200
    for wrong in (None, "", TOKEN[:-1], f"{TOKEN}x", "é"):
        answer = book.get(path, token=wrong and wrong.encode().decode("latin-1"))
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert TOKEN not in answer.text


def test_without_the_secret_no_token_opens_it(book, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_API_TOKEN", "")
    for token in (TOKEN, "", " ", "None"):
        problem(book.get("metrics/latest", token=token), 401)


def test_whoever_guesses_is_told_to_wait(book):
    for _ in range(20):
        problem(book.get("metrics/latest", token="wrong"), 401)
    answer = book.get("metrics/latest", token="wrong")
    problem(answer, 429)
    assert answer.headers["Retry-After"] == "60"
    assert book.get("metrics/latest").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_only_reads(book, method):
    answer = requests.request(
        method, f"{book.url}/api/metrics/latest", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20
    )
    problem(answer, 405)


def test_what_is_not_there(book):
    problem(book.get("metrics"), 404)
    problem(book.get("nothing/../x"), 404)


def test_the_latest_run_is_the_one_that_ended_last_with_figures(book):
    assert book.get("metrics/latest").json() == {"run": None, "metrics": []}
    book.run(1)
    newest = book.run(2, dry_run=True, status="planned", ratio=0.5)
    book.run(3, total_rows=None, expected_rows=None, ratio=None, status="failed")
    with db.connect(book.dsn) as conn:
        record.metric(conn, newest, "chunk_seconds", 0.25, {"quantile": "p95"})
    found = book.get("metrics/latest").json()
    assert (found["run"]["run_id"], found["run"]["dry_run"], found["run"]["ratio"]) == (newest, True, 0.5)
    assert found["metrics"] == [{"name": "chunk_seconds", "labels": {"quantile": "p95"}, "value": 0.25}]


def test_every_filter_of_the_history(book):
    plain = book.run(1)
    other = book.run(2, run_label="backfill", flow="etl_backfill")
    rehearsal = book.run(3, dry_run=True, status="planned")
    failed = book.run(1441, status="failed")
    for filters, wanted in [
        ({}, [failed, rehearsal, other, plain]),
        ({"limit": "2"}, [failed, rehearsal]),
        ({"run_label": "backfill"}, [other]),
        ({"run_label": "nothing"}, []),
        ({"flow": "etl_backfill"}, [other]),
        ({"status": "failed"}, [failed]),
        ({"dry_run": "true"}, [rehearsal]),
        ({"dry_run": "false"}, [failed, other, plain]),
        ({"start": "2026-11-02"}, [failed]),
        ({"end": "2026-11-02"}, [rehearsal, other, plain]),
        ({"start": "2026-11-01T00:02:00Z", "end": "2026-11-01T01:03:00+01:00"}, [other]),
        ({"start": "2026-11-01T00:02:00Z", "run_label": "daily", "dry_run": "false"}, [failed]),
    ]:
        found = book.get("metrics/history", **filters).json()
        assert [run["run_id"] for run in found["runs"]] == wanted, filters
        lines = list(csv.DictReader(io.StringIO(book.get("metrics/history", format="csv", **filters).text)))
        assert [int(line["run_id"]) for line in lines] == wanted, filters


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("limit=0", "limit", "greater than or equal to 1"),
        ("limit=1001", "limit", "1000 at most"),
        ("limit=1000001&format=csv", "limit", "less than or equal to 1000000"),
        ("limit=ten", "limit", "valid integer"),
        ("limit=", "limit", "valid integer"),
        ("limit=1e3", "limit", "valid integer"),
        ("start=yesterday", "start", "must be a day like"),
        ("start=2026-13-01", "start", "must be a day like"),
        ("start=2026-11-01T10:00:00", "start", "needs a zone"),
        ("start=1700000000", "start", "must be a day like"),
        ("start=2026-11-02&end=2026-11-01", "end", "later than start"),
        ("start=2026-11-02&end=2026-11-02", "end", "later than start"),
        ("run_label=" + "x" * 201, "run_label", "at most 200"),
        ("run_label=%00", "run_label", "NUL"),
        ("flow=%00", "flow", "NUL"),
        ("status=good", "status", "'running'"),
        ("dry_run=maybe", "dry_run", "valid boolean"),
        ("format=xml", "format", "'json' or 'csv'"),
        ("cursor=%27;--", "cursor", "`next` of the page before"),
        ("cursor=WzEsMl0", "cursor", "`next` of the page before"),
        ("cursor=", "cursor", "`next` of the page before"),
        ("cursor=W10&format=csv", "cursor", "JSON only"),
        ("run_lable=daily", "run_lable", "no parameter"),
        ("limit=1&limit=2", "limit", "twice"),
    ],
)
def test_a_wrong_parameter_is_named(book, query, name, words):
    found = problem(book.get(f"metrics/history?{query}"), 400)
    assert [one["name"] for one in found["errors"]] == [name]
    assert words in found["errors"][0]["problem"]


@pytest.mark.parametrize("path", ["metrics/latest", "alerts/recent", "etl/health", "etl/metrics"])
def test_where_nothing_is_asked_nothing_is_taken(book, path):
    assert problem(book.get(f"{path}?limit=5"), 400)["errors"][0]["name"] == "limit"


def test_every_wrong_parameter_is_named_at_once(book):
    found = problem(book.get("metrics/history?limit=0&start=x&dry_run=maybe&more=1"), 400)
    assert {one["name"] for one in found["errors"]} == {"limit", "start", "dry_run", "more"}


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_hold_each_run_once_while_others_begin(book, limit):
    """Runs of the same moment too, and some begin between any two pages."""
    before = {book.run(number // 3, run_name=f"r{number}", execution_id=f"e{number}") for number in range(20)}
    seen = []
    for number, page in enumerate(pages(book, limit)):
        seen += [run["run_id"] for run in page]
        book.run(2000 + number)
    assert len(seen) == len(set(seen))
    assert before <= set(seen)
    assert seen == sorted(seen, key=lambda run_id: -run_id)


def test_pages_hold_each_run_once_while_writers_are_at_work(book):
    before = {book.run(number) for number in range(60)}
    stop = threading.Event()

    def write(first):
        for number in itertools.count(first):
            if stop.is_set():
                return
            book.run(number, run_name=f"w{number}", execution_id=f"w{number}", started_at=datetime.now(UTC).isoformat())

    writers = [threading.Thread(target=write, args=(first,)) for first in (10_000, 20_000)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(3):
            seen = [run["run_id"] for page in pages(book, 7, end="2026-11-02") for run in page]
            assert sorted(seen) == sorted(before)
            everything = [run["run_id"] for page in pages(book, 50) for run in page]
            assert len(everything) == len(set(everything))
            assert before <= set(everything)
    finally:
        stop.set()
        for writer in writers:
            writer.join()


def test_the_next_page_is_a_link_too(book):
    for number in range(3):
        book.run(number, run_label="a b&c")
    answer = book.get("metrics/history", limit=2, run_label="a b&c")
    following = requests.get(
        book.url + answer.links["next"]["url"], headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20
    )
    assert len(following.json()["runs"]) == 1
    assert "next" not in following.links


def test_csv_has_every_run_and_no_formula(book):
    for number, text in enumerate(FORMULAS):
        book.run(number, run_label=text, run_name=f"{text}{number}", ratio=None)
    answer = book.get("metrics/history", format="csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="etl-runs.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(lines) == len(FORMULAS)
    for line in lines:
        assert line["run_label"].startswith("'")
        assert line["run_name"].startswith("'")
        assert (line["dry_run"], line["total_rows"], line["ratio"]) == ("false", "990", "")
        assert datetime.fromisoformat(line["started_at"]).tzinfo


def test_csv_of_more_than_a_batch_is_whole(book):
    book.sql(
        "insert into etl_runs (flow, run_name, status, started_at) select 'etl_example', n::text, 'succeeded', "
        "'2026-11-01'::timestamptz + (n / 7) * interval '1 second' from generate_series(1, 2500) n returning 1"
    )
    lines = book.get("metrics/history", format="csv").text.splitlines()
    assert len(lines) == 2501
    assert len({line.split(",")[0] for line in lines}) == 2501
    assert len(book.get("metrics/history", format="csv", limit=1700).text.splitlines()) == 1701


def test_what_has_not_changed_is_not_sent_again(book):
    book.run(1)
    for path in ("metrics/latest", "metrics/history", "alerts/recent", "openapi.json"):
        tag = book.get(path).headers["ETag"]
        again = book.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), path
    tag = book.get("metrics/history").headers["ETag"]
    book.run(2)
    assert book.get("metrics/history", headers={"If-None-Match": tag}).status_code == 200


def test_alerts_of_both_sources_the_newest_first_and_fifty_at_most(book):
    run_id = book.run(1)
    with db.connect(book.dsn) as conn:
        for number in range(60):
            record.alert(conn, run_id=run_id, kind="low_ratio", level="warning", message=f"{number}")
        db.execute(
            conn,
            "insert into ops.alerts (key, event, level, flow_id, title, fired_at, test) values "
            "('k', 'flow_failed', 'CRITICAL', 'leads_sync', 'It failed', now() + interval '1 minute', false), "
            "('t', 'flow_failed', 'CRITICAL', 'leads_sync', 'A test', now() + interval '2 minutes', true)",
        )
    found = book.get("alerts/recent").json()["alerts"]
    assert len(found) == 50
    assert (found[0]["source"], found[0]["level"], found[0]["message"]) == ("operations", "critical", "It failed")
    assert [one["message"] for one in found[1:4]] == ["59", "58", "57"]
    assert found[1]["flow"] == "etl_example"


def test_health_names_what_is_wrong(book):
    def states():
        answer = book.get("etl/health")
        found = answer.json()
        return found["status"], {check["name"]: check["status"] for check in found["checks"]}

    status, checks = states()
    assert (status, checks["database"], checks["last_run"], checks["quarantine"]) == ("warning", "ok", "warning", "ok")
    now = datetime.now(UTC)
    run_id = book.run(1, started_at=now.isoformat())
    assert states()[0] == "ok"
    book.run(2, status="running", started_at=(now - timedelta(hours=7)).isoformat())
    assert states()[1]["stuck_runs"] == "warning"
    with db.connect(book.dsn) as conn:
        record.alert(conn, run_id=run_id, kind="run_failed", level="critical", message="x")
        db.execute(
            conn,
            "insert into etl_quarantine (load_id, chunk, line, dataset, code, raw) "
            "values ('r', 0, 1, 'd', 'enum', 'x')",
        )
    status, checks = states()
    assert (status, checks["critical_alerts"], checks["quarantine"]) == ("warning", "warning", "warning")


def test_a_database_that_is_away_is_a_problem_that_passes(book, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", "postgresql://nobody:canary-77@127.0.0.1:9/none")
    for path in ("etl/health", "etl/metrics", "metrics/latest", "metrics/history?format=csv"):
        answer = book.get(path)
        problem(answer, 503)
        assert answer.headers["Retry-After"]
        assert "canary-77" not in answer.text


def families(book):
    answer = book.get("etl/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def test_metrics_have_the_names_that_were_agreed(book):
    """The names of an empty book too: HELP and TYPE are there before the first run."""
    for found in (families(book), book.run(1) and families(book)):
        assert set(found) == NAMES
        assert {family.type for family in found.values()} == {"gauge"}
        assert all(family.documentation for family in found.values())


def test_metrics_say_what_the_book_says(book):
    today = datetime.now(UTC).replace(hour=0, minute=0, second=1)
    book.run(1, started_at=(today - timedelta(days=40)).isoformat(), ratio=0.9)
    book.run(2, started_at=(today - timedelta(days=1)).isoformat(), ratio=0.95)
    book.run(3, started_at=(today - timedelta(days=1)).isoformat())
    book.run(4, started_at=(today - timedelta(days=1)).isoformat(), dry_run=True, status="planned", ratio=0.1)
    newest = book.run(5, started_at=datetime.now(UTC).isoformat(), total_rows=12, expected_rows=16, ratio=0.75)
    with db.connect(book.dsn) as conn:
        for kind in ("low_ratio", "low_ratio", "refused:too_many_bad_rows"):
            record.alert(conn, run_id=newest, kind=kind, level="warning", message=f"{kind} {datetime.now(UTC)}")
    found = families(book)

    def value(name):
        (sample,) = found[name].samples
        assert sample.labels == {}
        return sample.value

    def by(name, label):
        return {sample.labels[label]: sample.value for sample in found[name].samples}

    yesterday, this = ((today - timedelta(days=1)).date().isoformat(), today.date().isoformat())
    assert [value(f"etl_latest_{name}") for name in ("total_rows", "expected_rows", "ratio")] == [12, 16, 0.75]
    assert (value("etl_latest_num_chunks"), value("etl_latest_dry_run")) == (4, 0)
    assert -120 < value("etl_latest_run_age_seconds") < 60
    assert by("etl_daily_runs", "day") == {yesterday: 2, this: 1}
    assert by("etl_daily_total_rows", "day") == {yesterday: 1980, this: 12}
    assert by("etl_daily_ratio_avg", "day") == {yesterday: 0.97, this: 0.75}
    assert by("etl_daily_low_ratio_count", "day") == {yesterday: 1, this: 1}
    assert by("etl_alerts_24h_count", "kind") == {"low_ratio": 2, "refused:too_many_bad_rows": 1}
    assert (value("etl_total_runs_all_time"), value("etl_low_ratio_runs_all_time")) == (4, 3)
    assert value("etl_avg_ratio_all_time") == pytest.approx((0.9 + 0.95 + 0.99 + 0.75) / 4)


def test_figures_of_all_time_do_not_fall_when_runs_are_deleted(book):
    for number in range(5):
        book.run(number)
    book.sql("delete from etl_runs returning 1")
    found = families(book)
    assert found["etl_total_runs_all_time"].samples[0].value == 5
    assert not found["etl_latest_ratio"].samples


def test_the_document_lists_every_address_with_its_parameters(book):
    found = book.get("openapi.json").json()
    assert found["openapi"].startswith("3.1")
    assert set(found["paths"]) == {
        "/api/metrics/latest",
        "/api/metrics/history",
        "/api/alerts/recent",
        "/api/etl/health",
        "/api/etl/metrics",
    }
    history = found["paths"]["/api/metrics/history"]["get"]
    assert [one["name"] for one in history["parameters"]] == [
        *("limit", "start", "end", "flow", "run_label", "status", "dry_run", "cursor", "format")
    ]
    assert all(one["description"] for one in history["parameters"])
    assert "application/problem+json" in json.dumps(history["responses"]["400"])
    assert found["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_the_page_of_the_api_needs_nobody_else(book, desk):
    page = desk.sign_in().open("/api/docs")
    assert page.status_code == 200
    for text in ("/api/metrics/history", "run_label", "etl_avg_ratio_all_time", "Bearer"):
        assert text in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text.replace(book.url, "")
    assert "https://" not in page.text
