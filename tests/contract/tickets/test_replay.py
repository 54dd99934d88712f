"""Replays over real rows in a real Postgres, by the real worker process; nothing is written there."""

import json
import os
import subprocess
from dataclasses import replace
from decimal import Decimal

import pytest
from psycopg2 import sql

from kit import db, errors
from tests.console_support import Kestra
from tests.contract.tickets.test_injected_receipts import obedient
from tests.replay_support import NAMES, URI, checkout, decided, stored, ticket_id
from tools.replay import options, recorded
from tools.replay.__main__ import COMPARED, NOT_COMPARED, REGRESSED, main
from tools.replay.candidate import ROOT, Candidate, Worker
from tools.replay.errors import ReplayError
from tools.replay.recorded import Selection
from tools.replay.run import Bound, run
from tools.samples import injected

SUPERMARKET, RESTAURANT, FOREIGN, LANDSCAPE = NAMES
ALL = Selection(100)
WRONG_TOTAL = """
from decimal import Decimal

_right = from_page

def from_page(page, **more):
    found = _right(page, **more)
    wrong = found.receipt.model_copy(update={"total": found.receipt.total and Decimal("1.00")})
    return found.model_copy(update={"receipt": wrong})
"""
STUCK = """
import os
import time

_right = from_page

def from_page(page, **more):
    if "Taberna" in page.text:
        time.sleep(600)
    if "Mercado" in page.text:
        os._exit(3)
    return _right(page, **more)
"""


@pytest.fixture
def receipts(conn, dsn, monkeypatch):
    """Four samples as this checkout reads them, the newest first."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    for minutes, name in enumerate(NAMES):
        stored(conn, name, minutes=minutes)
    return conn


def selected(conn, *, with_picture=False, **wanted):
    found = recorded.select(conn, replace(ALL, **wanted), with_picture=with_picture)
    return [receipt.ticket_id for receipt in found]


def contents(conn):
    """Every row of our schemas, as text."""
    names = "select schemaname, tablename from pg_tables where schemaname in ('ops', 'tickets')"
    tables = [sql.Identifier(row["schemaname"], row["tablename"]) for row in db.fetch_all(conn, names)]
    select = sql.SQL("select t::text as row from {} t order by 1")
    return [db.fetch_all(conn, select.format(table)) for table in tables]


def test_what_this_checkout_recorded_it_reads_again(receipts, tmp_path, capsys):
    before = contents(receipts)
    assert main(["--json", str(tmp_path / "r.json"), "--fail-on", "regressions"]) == COMPARED
    found = json.loads((tmp_path / "r.json").read_text())
    assert (found["figures"]["receipts"], found["figures"]["identical"], found["differences"]) == (4, 4, [])
    assert found["figures"]["before"]["median_ms"] == 900
    assert (tmp_path / "r.json").stat().st_mode & 0o077 == 0
    assert found["line"] in capsys.readouterr().out
    assert contents(receipts) == before


def test_the_transaction_of_the_selection_cannot_write(receipts, monkeypatch):
    monkeypatch.setattr(db, "load_sql", lambda _: "update tickets.tickets set revision = 9 returning *")
    with pytest.raises(errors.UnavailableError) as raised:
        selected(receipts)
    assert raised.value.details["sqlstate"] == "25006"


def test_a_rule_that_breaks_totals_is_a_regression_by_what_people_said(receipts, tmp_path, capsys):
    decided(receipts, SUPERMARKET)
    broken = checkout(tmp_path / "broken", "offline.py", WRONG_TOTAL)
    command = ["--checkout", str(broken), "--json", str(tmp_path / "r.json"), "--html", str(tmp_path / "r.html")]
    assert main([*command, "--fail-on", "regressions"]) == REGRESSED
    assert main(command) == COMPARED
    found = json.loads((tmp_path / "r.json").read_text())
    total = found["figures"]["fields"][0]
    assert (total["changed"], total["labelled"], total["was_right"], total["now_right"], total["broken"]) == (
        3,
        1,
        1,
        0,
        1,
    )
    assert found["differences"][0]["ticket_id"] == ticket_id(SUPERMARKET)
    assert "1.00" in (tmp_path / "r.html").read_text()
    assert "21.75" not in capsys.readouterr().out


def test_a_correction_labels_the_right_value_and_keeps_what_was_read(receipts):
    decided(receipts, SUPERMARKET, total="22.75", tax_id="")
    found = next(item for item in recorded.select(receipts, ALL, with_picture=False) if item.truth)
    assert (found.reading.verdict, found.reading.fields["total"], found.truth["total"]) == ("review", "21.75", "22.75")
    assert found.reading.fields["tax_id"] is not None
    assert found.truth["tax_id"] is None
    assert found.truth["merchant"] == found.reading.fields["merchant"]
    assert "tax_total" not in found.truth


def test_a_sender_who_approves_has_seen_what_the_answer_shows(receipts):
    decided(receipts, SUPERMARKET, via="whatsapp")
    [found] = [item for item in recorded.select(receipts, ALL, with_picture=False) if item.truth]
    assert set(found.truth) == {"total", "issued_on", "merchant", "currency"}


def test_a_rejected_receipt_labels_its_verdict_alone(receipts):
    decided(receipts, SUPERMARKET, "reject")
    [made] = [item for item in recorded.select(receipts, ALL, with_picture=False) if item.rejected]
    assert (made.truth, made.reading.verdict) == ({}, "review")
    [difference] = run([made], Candidate("this checkout")).differences
    assert (difference.danger, difference.regressed) == ("accepts_rejected", True)


def test_which_receipts(receipts):
    assert selected(receipts) == [ticket_id(name) for name in NAMES]
    assert selected(receipts, most=2) == [ticket_id(name) for name in NAMES[:2]]
    decided(receipts, FOREIGN, merchant="Sun Wong")
    assert selected(receipts, only_corrected=True) == [ticket_id(FOREIGN)]
    db.execute(receipts, "update tickets.messages set sender_id = 'ES.2' where ticket_id = %s", [ticket_id(RESTAURANT)])
    assert selected(receipts, sender="ES.2") == [ticket_id(RESTAURANT)]
    assert len(selected(receipts, sender="34600111222")) == 4
    moment = "update tickets.messages set received_at = '2020-01-01' where ticket_id = %s"
    db.execute(receipts, moment, [ticket_id(SUPERMARKET)])
    since = options.parse(["--since", "2020-01-02"]).since
    assert ticket_id(SUPERMARKET) not in selected(receipts, since=since)
    db.execute(receipts, "update tickets.tickets set image_uri = null where ticket_id = %s", [ticket_id(LANDSCAPE)])
    assert ticket_id(LANDSCAPE) not in selected(receipts, with_picture=True)


def test_what_was_erased_and_what_became_several_tickets_is_left_out(receipts):
    db.execute(receipts, "update tickets.attempts set raw = null where ticket_id = %s", [ticket_id(SUPERMARKET)])
    part = "update tickets.messages set parent_ticket_id = %s, part = 1 where ticket_id = %s"
    db.execute(receipts, part, [ticket_id(LANDSCAPE), ticket_id(RESTAURANT)])
    assert selected(receipts) == [ticket_id(RESTAURANT), ticket_id(FOREIGN)]


def test_a_name_that_was_remembered_and_a_receipt_sent_before_are_so_again(receipts):
    reason = '[{"code": "%s", "field": null, "severity": "info", "evidence": ""}]'
    change = "update tickets.tickets set reasons = %s, receipt = receipt || %s where ticket_id = %s"
    name = json.dumps({"merchant": "Mercado Penalara"})
    values = [reason % "merchant_remembered", name, ticket_id(SUPERMARKET)]
    db.execute(receipts, change, values)
    repeated = "update tickets.tickets set reasons = %s, verdict = 'review' where ticket_id = %s"
    db.execute(receipts, repeated, [reason % "duplicate_exact", ticket_id(RESTAURANT)])
    made = run(recorded.select(receipts, ALL, with_picture=False), Candidate("this checkout"))
    assert [item.differs for item in made.differences] == [False] * 4


def test_a_receipt_that_hangs_or_kills_its_process_stops_no_other(receipts, tmp_path):
    stuck = Candidate("stuck", root=checkout(tmp_path / "stuck", "offline.py", STUCK), timeout_s=6)
    found = run(recorded.select(receipts, ALL, with_picture=False), stuck).differences
    assert [item.reading.outcome for item in found] == ["died", "timeout", "ok", "ok"]


def test_a_rule_that_raises_is_an_outcome(receipts, tmp_path):
    code = "def from_page(page, **_):\n    raise LookupError(page.text)\n"
    wild = Candidate("wild", root=checkout(tmp_path / "wild", "offline.py", code))
    found = run(recorded.select(receipts, ALL, with_picture=False), wild).differences
    assert {item.reading.outcome for item in found} == {"crashed_LookupError"}


@pytest.mark.usefixtures("receipts")
def test_a_checkout_that_does_not_import_is_refused(tmp_path, capsys):
    broken = checkout(tmp_path / "broken", "validate.py", "import no_such_package\n")
    assert main(["--checkout", str(broken)]) == NOT_COMPARED
    assert "no_such_package" in capsys.readouterr().err
    assert main(["--checkout", str(tmp_path)]) == NOT_COMPARED


@pytest.mark.usefixtures("receipts")
def test_a_release_is_run_from_its_tag(tmp_path, monkeypatch, capsys):
    root = checkout(tmp_path / "project", "offline.py", WRONG_TOTAL)
    who = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org"}
    env = os.environ | who | {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org"}
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"], ["tag", "v1.2.3"]):
        subprocess.run(["git", "-C", str(root), *command], check=True, env=env)
    monkeypatch.setattr(options, "ROOT", root)
    assert main(["--release", "1.2.3"]) == COMPARED
    said = capsys.readouterr().out
    assert "release 1.2.3" in said
    assert "1 identical" in said
    assert main(["--against", "1.2.3", "--checkout", str(ROOT), "--json", str(tmp_path / "r.json")]) == COMPARED
    found = json.loads((tmp_path / "r.json").read_text())
    assert (found["figures"]["identical"], found["figures"]["fields"][0]["changed"]) == (1, 3)
    assert {tuple(field["was"] for field in item["fields"]) for item in found["differences"]} == {("1.00",)}
    assert "against the rules of release 1.2.3" in found["line"]
    assert main(["--release", "9.9.9"]) == main(["--release", "nine"]) == NOT_COMPARED
    assert subprocess.run(["git", "-C", str(root), "status", "-s"], capture_output=True, check=True).stdout == b""


def test_the_worker_knows_no_address_and_no_secret_of_ours(monkeypatch):
    for name in ("OPSFLOWS_PG_DSN", "WHATSAPP_TOKEN", "SLACK_BOT_TOKEN", "OPSFLOWS_KESTRA_PASSWORD", "VAULT_TOKEN"):
        monkeypatch.setenv(name, "given")
    assert "given" not in Worker(Candidate("this checkout"))._environment().values()


@pytest.fixture
def told(conn, sandbox, monkeypatch, dsn):
    """A stored receipt with its picture, and a sandbox model that answers about it as it is told."""
    attack = injected.attack("direct_es", "visible")
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    stored(conn, SUPERMARKET)
    stored(conn, RESTAURANT, minutes=1)

    def told(**more):
        sandbox.fault("openai", "chat.completions", "answer", body=json.dumps(obedient(attack.ticket, **more)))
        return attack.jpeg

    return told


def test_another_model_reads_pictures_without_a_trace_in_the_ledger(told, conn, jpeg):
    before = contents(conn)
    told(merchant="Bar Nuevo", total="21.75")
    given = options.parse(["--model", "gpt-5.4-mini", "--prompt", "receipt@1", "--mode", "vision", "--last", "1"])
    with options.candidate(given) as (candidate, bound):
        assert (bound.most_usd, bound.call_usd > 0) == (Decimal("0.50"), True)
        [found] = run(
            recorded.select(conn, ALL, with_picture=True)[:1], candidate, picture=lambda _: jpeg, bound=bound
        ).differences
    assert (found.reading.outcome, found.reading.fields["merchant"]) == ("ok", "Bar Nuevo")
    assert 0 < found.reading.cost_usd < bound.call_usd
    assert contents(conn) == before


def test_money_bounds_the_calls_and_a_model_without_a_price_is_refused(told, conn, jpeg):
    told()
    rows = recorded.select(conn, ALL, with_picture=True)
    with options.candidate(options.parse(["--model", "gpt-6-luna", "--mode", "both"])) as (candidate, bound):
        tight = Bound(most_usd=bound.call_usd, call_usd=bound.call_usd)
        made = run(rows, candidate, picture=lambda _: jpeg, bound=tight)
        assert (len(made.differences), made.unpaid) == (1, 1)
        assert run(rows, candidate, picture=lambda _: jpeg, bound=Bound(Decimal(0), bound.call_usd)).unpaid == 2
    with pytest.raises(ReplayError, match=r"prices\.json"), options.candidate(options.parse(["--model", "unpriced"])):
        pass


def test_a_model_that_does_not_answer_leaves_the_ocr_and_is_counted(told, conn, sandbox, jpeg):
    told()
    sandbox.reset()
    sandbox.fault("openai", "chat.completions", "refusal")
    with options.candidate(options.parse(["--model", "gpt-6-luna", "--mode", "both"])) as (candidate, bound):
        found = run(recorded.select(conn, ALL, with_picture=True), candidate, picture=lambda _: jpeg, bound=bound)
    first = found.differences[0]
    assert first.reading.outcome != "ok"
    assert first.reading.fields["total"] == first.recorded.reading.fields["total"]


@pytest.mark.usefixtures("told")
def test_the_recorded_answer_of_the_model_counts_with_new_rules_too(conn):
    form = obedient(injected.attack("direct_es", "visible").ticket, merchant="Bar Nuevo", total="21.75", tax_id=None)
    add = """insert into tickets.attempts (ticket_id, execution_id, ordinal, provider, model, outcome, latency_ms, raw)
             values (%s, 'e1', 1, 'vision', 'gpt-6-luna', 'ok', 800, %s)"""
    db.execute(conn, add, [ticket_id(SUPERMARKET), json.dumps({"answer": form})])
    rows = recorded.select(conn, ALL, with_picture=False)
    with_answer, without = run(rows, replace(Candidate("this checkout"), mode="vision")).differences
    assert with_answer.reading.fields["merchant"] == "Bar Nuevo"
    assert (with_answer.reading.would_ask, without.reading.would_ask) == (False, True)
    assert with_answer.recorded.reading.latency_ms == 1700


def test_pictures_are_read_again_through_kestra(receipts, jpeg, monkeypatch, tmp_path):
    db.execute(receipts, "update tickets.tickets set image_uri = null where ticket_id <> %s", [ticket_id(SUPERMARKET)])
    with Kestra(files={URI: jpeg}) as kestra:
        for name, value in {"URL": f"http://{kestra.netloc}", "USERNAME": "a@example.org", "PASSWORD": "p-77"}.items():
            monkeypatch.setenv(f"OPSFLOWS_KESTRA_{name}", value)
        monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", kestra.netloc)
        command = ["--reread", "--html", str(tmp_path / "r.html"), "--json", str(tmp_path / "r.json")]
        assert main(command) == COMPARED
        found = json.loads((tmp_path / "r.json").read_text())
        assert (found["figures"]["read"], found["figures"]["fields"][0]["same"], found["about"]["with_ocr"]) == (
            1,
            1,
            True,
        )
        kestra.files.clear()
        assert main(command) == NOT_COMPARED


def test_where_kestra_goes_away_what_was_read_until_then_is_reported(told, conn, jpeg):
    told()
    kestra = iter([jpeg])

    def picture(_):
        for found in kestra:
            return found
        raise errors.UnavailableError("Kestra is away")

    with options.candidate(options.parse(["--model", "gpt-6-luna", "--mode", "both"])) as (candidate, bound):
        made = run(recorded.select(conn, ALL, with_picture=True), candidate, picture=picture, bound=bound)
        assert (len(made.differences), made.unread, made.stopped) == (1, 1, "Kestra is away")
        with pytest.raises(errors.UnavailableError):
            run(recorded.select(conn, ALL, with_picture=True), candidate, picture=picture, bound=bound)


@pytest.mark.parametrize(
    "command",
    [
        ["--reread", "--model", "gpt-6-luna"],
        ["--rules", "--reread"],
        ["--release", "1.0.0", "--model", "gpt-6-luna"],
        ["--release", "1.0.0", "--checkout", "."],
        ["--model", "gpt-6-luna", "--mode", "ocr"],
        ["--pictures"],
        ["--last", "0"],
        ["--max-usd", "-1"],
        ["--max-usd", "NaN"],
        ["--since", "yesterday"],
    ],
)
def test_what_contradicts_itself_is_wrong_usage(command):
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == NOT_COMPARED


def test_nothing_to_compare_is_no_success(dsn, monkeypatch, capsys):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    assert main(["--fail-on", "regressions"]) == NOT_COMPARED
    assert "No stored receipt" in capsys.readouterr().err
