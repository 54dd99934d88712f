"""Task: what an erasure did, what is kept and why, and what only a person can delete: as JSON and as PDF."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from kit import dates, db, i18n, task, typesetting
from kit.db import Connection
from kit.errors import NotFoundError
from tickets import privacy
from tickets.privacy import Row

JSON, PDF = "erasure.json", "erasure.pdf"


class Inputs(task.TaskInputs):
    """The run, by its execution."""

    run_id: str


def run(inputs: Inputs, _ctx: task.Context) -> dict[str, Any]:
    """Write both files into the working directory, and record the end of the run.

    Returns:
        `open`: how many pieces of work are left for the daily run of `tickets_retention`.
    """
    with db.connect() as conn:
        found = report(conn, inputs.run_id)
        left = sum(item["count"] for item in found["work"] if not item["done"])
        privacy.finish_run(conn, inputs.run_id, {"open_work": left})
    Path(JSON).write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    Path(PDF).write_bytes(pdf(found))
    return {"open": left}


def report(conn: Connection, run_id: str) -> dict[str, Any]:
    """A run as people read it; references and counts, no personal data.

    Raises:
        NotFoundError: there is no such run.
    """
    row = privacy.run(conn, run_id)
    if row is None:
        raise NotFoundError("There is no such run.", code="run_unknown")
    work = privacy.work_of(conn, run_id)
    counted = Counter((item["kind"], item["outcome"] or "due", item["done"]) for item in work)
    return {
        "run": run_id,
        "dry_run": row["dry_run"],
        "reason": row["reason"],
        "stand_in": row["stand_in"],
        "started_at": dates.to_iso(row["started_at"]),
        "erased": row["counts"],
        "work": [
            {"kind": kind, "outcome": outcome, "done": done, "count": count}
            for (kind, outcome, done), count in sorted(counted.items())
        ],
        "not_done": [f"{item['kind']} {item['ref']}" for item in work if not item["done"]],
        "kept": row["kept"],
        "kept_why": i18n.t(privacy.KEPT_WHY),
        "by_hand": row["by_hand"],
    }


def pdf(found: Row) -> bytes:
    """Set the report with typst; data are data of the template.

    Raises:
        InvalidRequestError: typst cannot set it.
    """
    with typesetting.failures(
        "report", "Look at the task's log, and restart the execution once its template is mended."
    ):
        return typesetting.pdf("erasure.typ", data=json.dumps(view(found)))


def view(found: Row) -> dict[str, Any]:
    """What the template shows, as text."""
    kind = "dry" if found["dry_run"] else "done"
    facts = {"run": found["run"], "started_at": found["started_at"], "reason": found["reason"] or ""}
    facts |= {"stand_in": found["stand_in"]} if found["stand_in"] else {}
    return {
        "lang": i18n.language(),
        "title": i18n.t(f"erasure.title.{kind}"),
        "facts": [[i18n.t(f"erasure.fact.{name}"), value] for name, value in facts.items()],
        "labels": {
            name: i18n.t(f"erasure.section.{name}") for name in ("erased", "work", "kept", "by_hand", "everywhere")
        },
        "erased": [[i18n.t(f"erasure.count.{name}"), str(found["erased"].get(name, 0))] for name in COUNTS],
        "work": [
            [i18n.t(f"erasure.work.{item['kind']}"), item["outcome"], str(item["count"])] for item in found["work"]
        ],
        "why": found["kept_why"],
        "kept": [[row["ticket_id"], row.get("issued_on", ""), _amount(row)] for row in found["kept"]],
        "by_hand": [_by_hand(row) for row in found["by_hand"]],
        "everywhere": i18n.t("erasure.everywhere"),
    }


COUNTS = ("messages", "rejected", "booked", "notices", "statuses", "readings", "deliveries", "sheet_rows", "executions")


def _amount(row: Row) -> str:
    return " ".join(part for part in (row.get("total", ""), row.get("currency", "")) if part)


def _by_hand(row: Row) -> list[str]:
    where = " ".join(part for part in (row.get("channel", ""), row.get("ts", "")) if part)
    return [i18n.t(f"erasure.place.{row['place']}"), row["ref"], where]


if __name__ == "__main__":
    task.main(Inputs, run)
