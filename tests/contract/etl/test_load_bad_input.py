"""Bad rows, bad files and trouble in the database: nothing bad is published, nothing good is lost."""

import threading

import pytest

from etl.load import publish, refusals
from kit import db
from kit.errors import DeadlineError, RefusedInputError
from tests import etl_support as kit

QUARANTINE = "select chunk, line, code, field from etl_quarantine order by chunk, line"
BROKEN = [
    kit.row(5).encode("latin-1"),
    kit.row(1, note="a\0b"),
    kit.row(1, amount='"1.234,56"'),
    kit.row(1, occurred_at="2035-01-01T00:00:00Z"),
    kit.row(1, occurred_at="2025-01-01T00:00:00"),
    kit.row(1, event_type="gift"),
    kit.row(1, event_id=""),
    kit.row(1, payload='"{"'),
    b"only,two\n",
    kit.row(1, note='"' + "n" * 9000 + '"'),  # larger than a page
]
REASONS = ["encoding", "nul", "locale", "range", "no_zone", "enum", "null", "type", "columns", "length"]


def test_a_few_bad_rows_are_quarantined_with_reason_and_raw_and_the_good_are_loaded(sales, tmp_path):
    good = [kit.row(number) for number in range(10, 990)]
    path = kit.write(tmp_path, [*good[:500], *BROKEN, *good[500:]])
    report = kit.load(sales, path, chunk_rows=100, workers=2)
    assert (report.inserted, report.bad) == (980, 10)
    found = kit.rows_of(sales, QUARANTINE)
    assert [(chunk, line) for chunk, line, _, _ in found] == [(5, line) for line in range(1, 11)]
    assert [code for _, _, code, _ in found] == REASONS
    raws = kit.rows_of(sales, "select coalesce(raw, encode(raw_bytes, 'escape')) from etl_quarantine order by line")
    assert raws[2] == (kit.row(1, amount='"1.234,56"').rstrip("\n"),)
    assert raws[1][0].count("\\000") == 1


def test_twenty_in_a_hundred_publish_nothing_and_after_the_fix_nothing_is_left(sales, tmp_path):
    rows = [kit.row(number, **({"amount": "-1"} if number % 5 == 0 else {})) for number in range(500)]
    with pytest.raises(RefusedInputError, match="amount 100") as refused:
        kit.load(sales, kit.write(tmp_path, rows), chunk_rows=60, workers=2)
    assert refused.value.code == "too_many_bad_rows"
    assert kit.state(sales)[1] == 0
    assert kit.rows_of(sales, "select state, rows_bad from etl_loads") == [("refused", 100)]
    assert kit.rows_of(sales, "select count(*) from etl_quarantine") == [(100,)]
    fixed = kit.load(sales, kit.write(tmp_path, [kit.row(number) for number in range(500)]), chunk_rows=60)
    assert fixed.inserted == 500
    assert kit.rows_of(sales, "select count(*) from etl_quarantine") == [(0,)]


def test_a_column_that_has_another_type_is_refused_by_its_rows(sales, tmp_path):
    """A file of text does not tell types; its rows do, before anything is published."""
    rows = [kit.row(number, customer_id=f"C-{number}") for number in range(50)]
    with pytest.raises(RefusedInputError, match="type:customer_id 50") as refused:
        kit.load(sales, kit.write(tmp_path, rows))
    assert refused.value.code == "too_many_bad_rows"
    assert kit.state(sales)[1] == 0


def test_a_higher_rate_may_be_allowed_for_a_run(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(1), kit.row(2, amount="-1")])
    assert kit.load(sales, path, max_bad_rate=0.5).inserted == 1


@pytest.mark.parametrize("loaded", [False, True], ids=["straight", "diff"])
def test_rows_that_only_postgres_refuses_are_quarantined_with_their_chunk(sales, tmp_path, loaded):
    kit.execute(sales, "alter table sales_events add check (amount <> 3.03)")
    if loaded:
        kit.load(sales, kit.write(tmp_path, [kit.row(999)]), run="run-0")
    rows = [kit.row(number) for number in range(100, 200)]
    rows[7] = kit.row(107, amount="3.03")
    rows[8] = kit.row(108, amount="-1")
    rows[40] = kit.row(140, amount="3.03", note='"two\nlines"')
    report = kit.load(sales, kit.write(tmp_path, rows), chunk_rows=30)
    assert (report.rows, report.inserted, report.bad, report.unchanged) == (97, 97, 3, 0)
    assert kit.rows_of(sales, QUARANTINE) == [
        (0, 8, "refused", None),
        (0, 9, "range", "amount"),
        (1, 11, "refused", None),
    ]


def test_a_chunk_of_which_postgres_refuses_too_much_is_given_up(sales, tmp_path, monkeypatch):
    monkeypatch.setattr(refusals, "_MOST_REFUSED", 5)
    kit.execute(sales, "alter table sales_events add check (amount = 0)")
    with pytest.raises(RefusedInputError) as refused:
        kit.load(sales, kit.write(tmp_path, [kit.row(number) for number in range(1, 50)]))
    assert refused.value.code == "too_many_refused"


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_a_file_without_header_is_refused(sales, tmp_path, content):
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    with pytest.raises(RefusedInputError) as refused:
        kit.load(sales, path)
    assert refused.value.code == "no_header"


def test_an_unclosed_quote_costs_its_row_only(sales, tmp_path):
    rows = [kit.row(number) for number in range(400)]
    rows[150] = kit.row(150, note='"never closed')
    report = kit.load(sales, kit.write(tmp_path, rows), chunk_rows=100)
    assert (report.inserted, report.bad) == (399, 1)


def test_somebody_elses_row_appears_while_the_plan_is_straight(sales, tmp_path, monkeypatch):
    """The savepoint is rolled back and the chunk goes by the diff; the newer of both stays."""
    path = kit.write(tmp_path, [kit.row(number) for number in range(300)])
    taken = threading.Event()

    def foreign(*_):
        if not taken.is_set():
            taken.set()
            kit.execute(sales, FOREIGN)
        return real(*_)

    real = publish._checkpoint
    monkeypatch.setattr(publish, "_checkpoint", foreign)
    report = kit.load(sales, path, chunk_rows=100)
    assert (report.plan, report.inserted) == ("straight", 299)
    assert kit.rows_of(sales, "select amount::text from sales_events where event_id = 'evt-000150'") == [("5.00",)]


FOREIGN = """
insert into sales_events values ('evt-000150', 1, 'sale', '2025-12-31T00:00:00Z', 5, 'EUR', null, null)
"""


def test_a_deadlock_is_tried_again(sales, tmp_path, monkeypatch):
    """Two sessions update the same two rows crosswise, one of them the loader."""
    kit.load(sales, kit.write(tmp_path, [kit.row(1), kit.row(2)]))
    changed = [kit.row(1, amount="8.00"), kit.row(2, amount="8.00")]
    path = kit.write(tmp_path, changed)
    attempts = []
    real = publish._write_diff

    def crosswise(conn, *arguments, **options):
        attempts.append(1)
        if len(attempts) > 1:
            return real(conn, *arguments, **options)
        with db.connect(sales) as other, db.transaction(other):
            db.execute(other, "set deadlock_timeout = '30s'")  # so that the loader is the one who is sacrificed
            db.execute(other, "update sales_events set note = 'x' where event_id = 'evt-000002'")
            db.execute(conn, "update sales_events set note = 'y' where event_id = 'evt-000001'")
            waits = threading.Thread(target=db.execute, args=(other, CROSSWISE))
            waits.start()
            try:
                return real(conn, *arguments, **options)
            finally:
                db.execute(conn, "rollback")
                waits.join()

    monkeypatch.setattr(publish, "_write_diff", crosswise)
    report = kit.load(sales, path, run="run-2")
    assert (report.updated, len(attempts)) == (2, 2)
    assert kit.rows_of(sales, "select amount::text, note from sales_events") == [("8.00", None)] * 2


CROSSWISE = "update sales_events set note = 'x' where event_id = 'evt-000001'"


@pytest.mark.parametrize("moment", ["_rows", "_checkpoint"])
def test_a_lost_connection_in_the_middle_is_made_again(sales, tmp_path, monkeypatch, moment):
    path = kit.write(tmp_path, kit.dirty_rows(500))
    kit.load(sales, path)
    whole = kit.state(sales)
    kit.execute(sales, kit.TABLE)
    lost = []
    real = getattr(publish, moment)

    def losing(conn, *arguments):
        if len(lost) < 2:
            lost.append(1)
            kit.execute(sales, f"select pg_terminate_backend({conn.get_backend_pid()})")
        return real(conn, *arguments)

    monkeypatch.setattr(publish, moment, losing)
    kit.load(sales, path, chunk_rows=100)
    assert (kit.state(sales), len(lost)) == (whole, 2)


def test_a_commit_whose_answer_was_lost_is_found_by_its_checkpoint(sales, tmp_path, monkeypatch):
    path = kit.write(tmp_path, [kit.row(number) for number in range(200)])
    lost = []

    def committed_but_lost(conn, *arguments):
        counts = real(conn, *arguments)
        if not lost:
            lost.append(1)
            raise db.UncertainError("lost")
        return counts

    real = publish.publish
    monkeypatch.setattr(publish, "publish", committed_but_lost)
    report = kit.load(sales, path, chunk_rows=50)
    assert (report.inserted, report.chunks_resumed) == (200, 1)


def test_a_statement_that_takes_too_long_ends_the_run_as_transient(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(number) for number in range(200)])
    with db.connect(sales) as other, db.transaction(other):
        db.execute(other, "lock table sales_events in exclusive mode")
        with pytest.raises(DeadlineError):
            kit.load(sales, path, statement_ms=50, retries=1)
    assert kit.state(sales)[1] == 0
    assert kit.load(sales, path, statement_ms=10_000).inserted == 200


def test_a_source_that_changed_is_not_resumed(sales, tmp_path):
    rows = [kit.row(number) for number in range(200)]
    path = kit.write(tmp_path, rows)
    kit.load(sales, path, chunk_rows=50)
    kit.execute(sales, "update etl_loads set state = 'publishing'; delete from etl_load_chunks where chunk > 1")
    rows[3] = kit.row(3, amount="9.99")
    path = kit.write(tmp_path, rows)
    with pytest.raises(db.ConflictError) as refused:
        kit.load(sales, path, chunk_rows=50)
    assert refused.value.code == "source_changed"
    assert kit.load(sales, path, chunk_rows=50, allow_overwrite=True).updated == 1


def test_a_run_that_resumes_judges_as_it_began_and_forgets_no_bad_row(sales, tmp_path):
    kit.execute(sales, "alter table sales_events add check (amount <> 3.03)")
    rows = [kit.row(number) for number in range(100, 200)]
    rows[3] = kit.row(103, amount="3.03")
    rows[4] = kit.row(104, amount="-1")
    rows[60] = kit.row(160, amount="-1")
    path = kit.write(tmp_path, rows)
    kit.load(sales, path, chunk_rows=50)
    found = kit.rows_of(sales, QUARANTINE)
    kit.execute(sales, "update etl_loads set state = 'publishing'; delete from etl_load_chunks where chunk = 1")
    began = kit.rows_of(sales, "select started_at from etl_loads")
    report = kit.load(sales, path, chunk_rows=50)
    assert (report.chunks_resumed, report.bad) == (1, 3)
    assert kit.rows_of(sales, QUARANTINE) == found
    assert kit.rows_of(sales, "select started_at from etl_loads") == began


def test_the_bounds_of_times_are_reckoned_from_the_beginning_of_the_run(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(number) for number in range(100)])
    kit.load(sales, path)
    kit.execute(sales, "update etl_loads set state = 'checking', started_at = '2025-06-01'; truncate etl_load_chunks")
    with pytest.raises(RefusedInputError, match="range:occurred_at"):
        kit.load(sales, path)


def test_a_run_is_not_resumed_under_another_contract(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(number) for number in range(100)])
    kit.load(sales, path, chunk_rows=50)
    kit.execute(sales, "update etl_loads set state = 'publishing'; delete from etl_load_chunks where chunk = 1")
    with pytest.raises(db.ConflictError) as refused:
        kit.load(sales, path, chunk_rows=50, contract=kit.contracted(max_bad_rate=0.5))
    assert refused.value.code == "source_changed"
