"""`python -m tools.capacity`: what it says fits what was measured, and nonsense is refused by name."""

import json
import math
import re
from pathlib import Path

import pytest
import yaml

from tools.capacity import __main__ as command
from tools.capacity import assumptions, model
from tools.capacity.load import Load, LoadError

ROOT = Path(__file__).resolve().parents[3]
KNOWN = assumptions.load()
FIGURES = (ROOT / "docs/figures.md").read_text()
# Prediction and measurement may differ by this much, either way: shared machines vary by half of it from day to day.
FACTOR = 2.0


def sizes(**load) -> model.Sizes:
    return model.sizes(Load(**{"executions_per_minute": 10, **load}), KNOWN)


def figure(line: str, pattern: str) -> float:
    """A number out of a line of docs/figures.md, so that a new measurement is compared without a change here."""
    found = next(one for one in FIGURES.splitlines() if one.startswith(f"| {line}"))
    match = re.search(pattern, found)
    assert match, found
    return float(match[1].replace(",", ""))


def near(predicted: float, measured: float) -> bool:
    return measured / FACTOR <= predicted <= measured * FACTOR


def test_a_burst_of_trivial_tasks():
    """200 of them on two cores; no kit in them."""
    seconds = figure("burst of 200 at concurrency 20", r"all done after ([\d.]+) s")
    known = {**KNOWN, "kit_start_core_seconds": 0}
    predicted = model.core_seconds(Load(executions_per_minute=1, task_cpu_seconds=0), known)
    assert near(predicted * 200 / 2, seconds)


def test_executions_of_leads():
    """1,000 executions that store a lead; HubSpot, the poster and Postgres work beside them."""
    minutes = figure("1,000 leads posted at concurrency 20 to Kestra", r"need ([\d.]+) minutes for the 1,000")
    own = figure("processor time of an execution that only stores its lead", r"\| (\d+) ms;") / 1000
    known = {**KNOWN, "kit_start_core_seconds": 0, "task_process_core_seconds": 0}
    predicted = model.core_seconds(Load(executions_per_minute=1, task_cpu_seconds=own), known)
    # The sandbox, the poster and Postgres work on the same two cores.
    assert predicted <= minutes * 60 * 2 / 1000 <= predicted * 4


def test_the_start_of_a_script_task():
    milliseconds = figure("script task: start, imports, kit", r"with the database ([\d.]+)")
    predicted = KNOWN["kit_start_core_seconds"] + KNOWN["task_process_core_seconds"]
    assert near(predicted, milliseconds / 1000)


def test_what_kestra_is_said_to_bear_is_what_the_model_warns_of():
    for executions, tasks in ((1_500, 2), (380, 10)):
        load = Load(executions_per_minute=executions, tasks=tasks, peak_factor=1)
        assert not any("one executor" in one for one in model.warnings(load, model.sizes(load, KNOWN), KNOWN))
    load = Load(executions_per_minute=2_200, tasks=2, peak_factor=1)
    assert any("one executor" in one for one in model.warnings(load, model.sizes(load, KNOWN), KNOWN))


def test_more_load_never_needs_less():
    steps = [sizes(executions_per_minute=rate, rows_per_day=rate * 1000) for rate in (1, 10, 100, 1_000)]
    for name in ("worker_cores", "threads", "disk_gb", "object_gb"):
        values = [getattr(step, name) for step in steps]
        assert values == sorted(values), name
    assert steps[0].one_machine
    assert not steps[-1].one_machine


def test_threads_follow_the_waiting_and_cores_the_work():
    waiting = sizes(executions_per_minute=100, task_wait_seconds=30)
    working = sizes(executions_per_minute=100, task_cpu_seconds=30)
    assert waiting.threads == pytest.approx(working.threads, rel=0.01)
    assert waiting.worker_cores < working.worker_cores / 10


def test_workers_bear_the_peak():
    load = Load(executions_per_minute=300, tasks=2, task_cpu_seconds=0.5)
    found = model.sizes(load, KNOWN)
    assert not found.one_machine
    assert found.saturation_per_minute >= load.executions_per_minute * load.peak_factor
    assert found.workers == max(
        math.ceil(found.worker_cores / KNOWN["worker_cores"]), math.ceil(found.threads / KNOWN["worker_threads"])
    )


def test_a_machine_whose_memory_is_too_small_does_not_bear_it():
    """140 tasks of 500 MB that only wait: hardly any processor, and nine times the memory of one server."""
    found = sizes(executions_per_minute=30, task_wait_seconds=60, task_memory_mb=500)
    assert found.worker_cores < KNOWN["one_machine_cores"]
    assert not found.one_machine
    tasks = KNOWN["worker_threads"] * found.workers * 0.5
    assert tasks <= found.worker_memory_gb - found.workers * KNOWN["worker_java_gb"]


def test_postgres_works_on_the_one_machine_too():
    seconds = model.core_seconds(Load(executions_per_minute=1), KNOWN)
    found = sizes(executions_per_minute=1)
    assert found.one_machine
    full = found.saturation_per_minute / 60 * seconds * (1 + KNOWN["postgres_cores_share"])
    assert full == pytest.approx(KNOWN["one_machine_cores"])


def test_workers_of_tasks_that_wait_are_full_by_their_threads_and_are_paid_whole():
    load = Load(executions_per_minute=400, task_cpu_seconds=0.01, task_wait_seconds=30)
    found = model.sizes(load, KNOWN)
    held = KNOWN["task_start_seconds"] + load.task_cpu_seconds + load.task_wait_seconds
    assert found.saturation_per_minute == pytest.approx(found.workers * KNOWN["worker_threads"] / held * 60)
    assert found.saturation_per_minute >= load.executions_per_minute * load.peak_factor
    cost = model.monthly_cost(found, load, KNOWN)
    assert cost["processors"] >= found.workers * KNOWN["worker_cores"] * KNOWN["price_core_month"]
    assert any("wait more than they work" in one for one in model.warnings(load, found, KNOWN))
    # With the threads that the advice speaks of it costs less.
    known = {**KNOWN, "worker_threads": 4 * KNOWN["worker_threads"]}
    assert model.monthly_cost(model.sizes(load, known), load, known)["total"] < cost["total"] / 2


def test_a_worker_has_memory_for_all_its_tasks():
    load = Load(executions_per_minute=300, task_cpu_seconds=1, task_wait_seconds=2, task_memory_mb=3000)
    found = model.sizes(load, KNOWN)
    assert found.threads * 3 <= found.workers * (KNOWN["worker_gb"] - KNOWN["worker_java_gb"])
    assert any("fewer threads" in one for one in model.warnings(load, found, KNOWN))


def test_too_many_connections_are_told():
    load = Load(executions_per_minute=600, tasks=2, task_wait_seconds=10)
    found = model.sizes(load, KNOWN)
    assert any("PgBouncer" in one for one in model.warnings(load, found, KNOWN))


def test_rows_and_files_add_up():
    found = sizes(executions_per_minute=0, rows_per_day=1e6, bytes_per_row=1000, row_days=100)
    assert found.disk_gb == pytest.approx(100 * KNOWN["disk_headroom"] + KNOWN["wal_gb"])
    files = sizes(executions_per_minute=1, bytes_per_execution=500_000, file_days=90)
    assert files.object_gb == pytest.approx(1440 * 500_000 * 90 / 1e9)


def test_the_sizes_are_those_of_the_cluster():
    values = yaml.safe_load((ROOT / "deploy/kubernetes/kestra-values.yaml").read_text())
    worker = values["deployments"]["worker"]
    cluster = yaml.safe_load((ROOT / "deploy/kubernetes/cluster.yaml").read_text())
    assert KNOWN["worker_threads"] == worker["workerThreads"]
    assert f"{KNOWN['worker_cores'] * 1000:.0f}m" == worker["resources"]["requests"]["cpu"]
    assert f"{KNOWN['worker_gb']:.0f}Gi" == worker["resources"]["limits"]["memory"]
    assert KNOWN["server_pool"] == cluster["datasources"]["postgres"]["maximum-pool-size"]
    application = yaml.safe_load((ROOT / "application.yaml").read_text())
    assert KNOWN["one_machine_pool"] == application["datasources"]["postgres"]["maximum-pool-size"]
    others = [one for name, one in values["deployments"].items() if one["enabled"] and name != "worker"]
    assert KNOWN["server_processes"] == sum(one["replicas"] for one in others)


def test_each_assumption_has_its_origin():
    for name, one in assumptions.read().items():
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", one["date"]), name
        assert len(one["source"]) > len("x" * 10), name
        assert one["unit"], name
    prices = {name: one["kind"] for name, one in assumptions.read().items() if name.startswith("price_")}
    # Nobody looked them up: so they are said to be from memory.
    assert set(prices.values()) == {"memory"}


def test_every_assumption_is_used():
    source = (ROOT / "tools/capacity/model.py").read_text()
    assert [name for name in KNOWN if f'"{name}"' not in source] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "--executions-per-minute is missing"),
        (["--executions-per-minute", "-1"], "executions_per_minute must be from 0 to 100000, not -1"),
        (["--executions-per-minute", "nan"], "executions_per_minute must be a number"),
        (["--executions-per-minute", "1", "--tasks", "0"], "tasks must be from 1 to 100, not 0"),
        (["--executions-per-minute", "1", "--peak-factor", "0.5"], "peak_factor must be from 1 to 100"),
        (["--executions-per-minute", "1", "--set", "price=3"], "There is no assumption price. They are: disk_headroom"),
        (["--executions-per-minute", "1", "--set", "price_core_month"], "--set wants NAME=NUMBER"),
        (["--executions-per-minute", "1", "--set", "price_core_month=-3"], "must be a number from 0"),
        (["--executions-per-minute", "1", "--set", "target_utilisation=0"], "target_utilisation must be more than 0"),
        (["--executions-per-minute", "1", "--set", "worker_gb=1"], "worker_gb must be more than worker_java_gb"),
    ],
)
def test_nonsense_is_refused_by_name(given, said, capsys):
    assert command.main(given) == 2
    assert said in capsys.readouterr().err


def test_a_word_instead_of_a_number_is_refused(capsys):
    with pytest.raises(SystemExit):
        command.main(["--executions-per-minute", "many"])
    assert "invalid float value: 'many'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "is no JSON"), ('{"x": {"value": 1}}', "must have date, kind"), (None, "cannot be read")],
)
def test_a_file_of_assumptions_that_is_wrong_is_refused(content, said, tmp_path):
    file = tmp_path / "assumptions.json"
    if content:
        file.write_text(content)
    with pytest.raises(LoadError, match=said):
        assumptions.load(file=file)


def test_json_holds_what_the_text_says(capsys):
    given = ["--executions-per-minute", "20", "--tasks", "3"]
    assert command.main([*given, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["sizes"]["workers"] == 1
    assert answer["monthly_cost"]["total"] == pytest.approx(
        sum(value for name, value in answer["monthly_cost"].items() if name != "total")
    )
    assert command.main(given) == 0
    text = capsys.readouterr().out
    assert f"{answer['sizes']['connections']}" in text
    assert f"{answer['monthly_cost']['total']:,.2f}" in text


def test_a_price_is_a_setting(capsys):
    given = ["--executions-per-minute", "20", "--json"]
    command.main(given)
    before = json.loads(capsys.readouterr().out)["monthly_cost"]
    command.main([*given, "--set", f"price_core_month={2 * KNOWN['price_core_month']}"])
    after = json.loads(capsys.readouterr().out)["monthly_cost"]
    assert after["processors"] == pytest.approx(2 * before["processors"])


def test_the_assumptions_are_shown_with_their_source(capsys):
    assert command.main(["--assumptions"]) == 0
    shown = capsys.readouterr().out
    assert "row_bytes" in shown
    assert "to be checked" in shown or "check them" in shown
