"""From a load to sizes: pure arithmetic, each step said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.capacity.load import Load

GB: Final = 1e9
_DAYS_A_MONTH: Final = 30.4


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the load needs.

    Attributes:
        core_seconds: processor seconds of one execution, Kestra's included.
        worker_cores: cores that tasks ask for at the peak, with the headroom.
        server_cores: cores for Kestra itself at the peak, with the headroom.
        threads: tasks that run or wait at the same time at the peak, with the headroom.
        workers: of them, each as big as the assumptions say.
        bought_cores: of Kestra and all workers, which are whole ones however little they have to do.
        one_machine: whether one server bears it, Postgres included, and the sizes are of its parts.
        worker_memory_gb: of all workers.
        server_memory_gb: of Kestra's other processes.
        connections: to Postgres, all pools full.
        disk_gb: of Postgres, at the end of the retention.
        object_gb: of the internal storage, at the end of the retention.
        saturation_per_minute: executions a minute at which these workers have no core or no thread left.
    """

    core_seconds: float
    worker_cores: float
    server_cores: float
    threads: int
    workers: int
    bought_cores: float
    one_machine: bool
    worker_memory_gb: float
    server_memory_gb: float
    connections: int
    disk_gb: float
    object_gb: float
    saturation_per_minute: float


def task_core_seconds(load: Load, known: Mapping[str, float]) -> float:
    """Of the tasks of one execution: their processes' start, the kit's imports, the work."""
    start = known["task_process_core_seconds"] + known["kit_start_core_seconds"]
    return load.tasks * (start + load.task_cpu_seconds)


def server_core_seconds(load: Load, known: Mapping[str, float]) -> float:
    """Of Kestra itself for one execution."""
    return known["execution_core_seconds"] + load.tasks * known["task_run_core_seconds"]


def core_seconds(load: Load, known: Mapping[str, float]) -> float:
    """Of one execution, all in all."""
    return task_core_seconds(load, known) + server_core_seconds(load, known)


def row_bytes(load: Load, known: Mapping[str, float]) -> float:
    """Of one of our rows on disk, with its share of the indexes."""
    return load.bytes_per_row or known["row_bytes"]


def sizes(load: Load, known: Mapping[str, float]) -> Sizes:
    """Everything at once."""
    headroom = known["target_utilisation"]
    worker_cores = load.peak_per_second * task_core_seconds(load, known) / headroom
    server_cores = load.peak_per_second * server_core_seconds(load, known) / headroom
    threads = math.ceil(load.peak_per_second * _held_seconds(load, known) / headroom)
    one = _one_machine_bears(worker_cores + server_cores, threads, load, known)
    workers = 1 if one else _workers(worker_cores, threads, load, known)
    return Sizes(
        core_seconds=core_seconds(load, known),
        worker_cores=worker_cores,
        server_cores=server_cores,
        threads=threads,
        workers=workers,
        bought_cores=server_cores + (worker_cores if one else workers * known["worker_cores"]),
        one_machine=one,
        worker_memory_gb=_alone_gb(threads, load, known) if one else workers * known["worker_gb"],
        server_memory_gb=known["server_gb"] * (1 if one else known["server_processes"]),
        connections=_connections(threads, workers, known, one=one),
        disk_gb=_disk_gb(load, known),
        object_gb=load.executions_per_day * load.bytes_per_execution * load.file_days / GB,
        saturation_per_minute=_saturation(load, known, workers, one=one),
    )


def _held_seconds(load: Load, known: Mapping[str, float]) -> float:
    """How long an execution's tasks hold a thread, all in all (Little's law does the rest)."""
    return load.tasks * (known["task_start_seconds"] + load.task_cpu_seconds + load.task_wait_seconds)


def _one_machine_bears(cores: float, threads: int, load: Load, known: Mapping[str, float]) -> bool:
    """Its processor and its memory, beside Postgres and the rest that is on it."""
    memory = _alone_gb(threads, load, known) + known["server_gb"] + known["one_machine_others_gb"]
    asked = cores * (1 + known["postgres_cores_share"])
    return asked <= known["one_machine_cores"] and memory <= known["one_machine_gb"]


def _alone_gb(threads: int, load: Load, known: Mapping[str, float]) -> float:
    """Of the one worker of one machine."""
    return known["worker_java_gb"] + threads * load.task_memory_mb / 1000


def _workers(cores: float, threads: int, load: Load, known: Mapping[str, float]) -> int:
    by_memory = math.ceil(threads * load.task_memory_mb / 1000 / _room_gb(known))
    return max(_by_cores(cores, known), _by_threads(threads, known), by_memory, int(known["least_workers"]))


def _by_cores(cores: float, known: Mapping[str, float]) -> int:
    return math.ceil(cores / known["worker_cores"])


def _by_threads(threads: int, known: Mapping[str, float]) -> int:
    return math.ceil(threads / known["worker_threads"])


def _room_gb(known: Mapping[str, float]) -> float:
    """Of a worker, for its tasks."""
    return known["worker_gb"] - known["worker_java_gb"]


def _connections(threads: int, workers: int, known: Mapping[str, float], *, one: bool) -> int:
    """All pools full, and a connection for each task that can run at once."""
    processes = 1 if one else known["server_processes"]
    pool = known["one_machine_pool"] if one else known["server_pool"]
    tasks = threads if one else workers * known["worker_threads"]
    return math.ceil(processes * pool + tasks + known["other_connections"])


def _disk_gb(load: Load, known: Mapping[str, float]) -> float:
    ours = load.rows_per_day * row_bytes(load, known) * load.row_days
    kestra = known["execution_row_bytes"] + load.tasks * known["task_run_row_bytes"]
    theirs = load.executions_per_day * kestra * load.execution_days
    return (ours + theirs) * known["disk_headroom"] / GB + known["wal_gb"]


def _saturation(load: Load, known: Mapping[str, float], workers: int, *, one: bool) -> float:
    """Executions a minute at which every core works, Postgres' on one machine, or at which every thread is taken."""
    if one:
        return known["one_machine_cores"] / (1 + known["postgres_cores_share"]) / core_seconds(load, known) * 60
    by_cores = known["worker_cores"] / task_core_seconds(load, known)
    by_threads = known["worker_threads"] / _held_seconds(load, known)
    return workers * min(by_cores, by_threads) * 60


def warnings(load: Load, found: Sizes, known: Mapping[str, float]) -> list[str]:
    """What a person should know before believing the sizes."""
    said = []
    runs = load.executions_per_minute * load.peak_factor * load.tasks
    if runs > known["executor_task_runs_per_minute"]:
        said.append(
            f"{runs:.0f} task runs a minute are more than one executor was seen to bear"
            f" ({known['executor_task_runs_per_minute']:.0f}): fewer, fatter tasks, or fewer executions."
        )
    if found.connections > known["postgres_connections"]:
        said.append(
            f"{found.connections} connections are more than Postgres' {known['postgres_connections']:.0f}:"
            " PgBouncer before the tasks, or max_connections."
        )
    if load.task_memory_mb * known["worker_threads"] / 1000 > _room_gb(known):
        said.append("All threads of a worker full of such tasks need more memory than it has: fewer threads.")
    if not found.one_machine and _by_threads(found.threads, known) > 2 * _by_cores(found.worker_cores, known):
        said.append(
            "The tasks wait more than they work, so most of these cores would idle: more threads a worker"
            " (--set worker_threads=…), as far as its memory goes."
        )
    return said


def monthly_cost(found: Sizes, load: Load, known: Mapping[str, float]) -> dict[str, float]:
    """What it costs a month, by part, in the prices' currency."""
    memory = found.worker_memory_gb + found.server_memory_gb
    busy = found.worker_cores + found.server_cores
    postgres = max(known["postgres_least_cores"], busy * known["postgres_cores_share"])
    written = load.executions_per_day * _DAYS_A_MONTH * known["objects_per_execution"]
    cost = {
        "processors": max(found.bought_cores, known["least_cores"]) * known["price_core_month"],
        "memory": memory * known["price_gb_memory_month"],
        # On one machine it is Postgres in a container; elsewhere a managed one.
        "postgres": postgres * known["price_core_month" if found.one_machine else "price_postgres_core_month"],
        "disk": found.disk_gb * known["price_gb_disk_month"],
        "objects": found.object_gb * known["price_gb_object_month"]
        + written / 1000 * known["price_1000_object_writes"],
    }
    return {**cost, "total": sum(cost.values())}
