"""A sync of 50,000 contacts: calls against the least possible, seconds, memory. Real Postgres, the sandbox's HubSpot.

    python -m benchmarks.leads_sync [--contacts 50000] [--limits]

Prints the first sync (all but 2 % of the contacts are HubSpot's, 2 % are ours alone), a sync of 1 % changes (half of
them on each side) and one without any. `--limits` keeps HubSpot's own (100 calls in 10 s, 5 searches a second).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from adapters import hubspot
from kit import db, settings
from leads import mapping
from leads.sync_windows import BATCH, LIST_PAGE, SEARCH_PAGE, least_calls
from local import postgres
from local.providers import server
from local.providers.client import SandboxClient
from platform_tasks import migrate

ROOT = Path(__file__).resolve().parents[1]
OURS_SHARE, CHANGED_SHARE = 50, 100
_CHILD = """
import json, resource, sys
from kit import task
from leads import sync
found = sync.run(sync.Inputs(), task.Context(execution_id="bench"))
print("RESULT" + json.dumps(found | {"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
_OURS = """
with made as (
    insert into leads.leads (lead_id, email, properties, stamps)
    select 'L-' || lpad(n::text, 10, '0'), 'nuestro' || n || '@ejemplo.es',
        jsonb_build_object('email', 'nuestro' || n || '@ejemplo.es', 'first_name', 'Nuestro ' || n, 'locale', 'es'),
        '{}'
    from generate_series(1, %(count)s) n returning lead_id, email
)
insert into leads.identities (kind, value, lead_id) select 'email', email, lead_id from made
"""
_CHANGE = """
update leads.leads set properties = properties || '{"locale": "fr"}', updated_at = clock_timestamp(),
    stamps = stamps || jsonb_build_object('locale', jsonb_build_object('at', now(), 'key', 'b', 'by', 'manychat'))
where lead_id in (
    select lead_id from leads.leads where hubspot_id is not null order by hubspot_id::bigint limit %(count)s
)
"""


def sync() -> tuple[dict[str, Any], float]:
    """One sync in a process of its own: what it says of itself, and its seconds."""
    started = time.perf_counter()
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", _CHILD], env=env, capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return json.loads(line.removeprefix("RESULT")), time.perf_counter() - started


def report(what: str, client: SandboxClient, least: int, before: int) -> int:
    """Run, and print one line; returns the number of the sandbox's last call."""
    found, seconds = sync()
    calls = [call for call in client.calls("hubspot", since=before) if call["status"] < 400]  # noqa: PLR2004
    made = Counter(call["route"] for call in calls)
    total = sum(made.values())
    print(
        f"{what}: {seconds:.1f} s, {total} calls (least possible {least}, factor {total / max(least, 1):.3f}), "
        f"{found['memory_mb']:.0f} MB, {dict(found['counts'])}, {dict(made)}"
    )
    return max((call["seq"] for call in client.calls("hubspot", since=before)), default=before)


def measure(client: SandboxClient, dsn: str, contacts: int) -> None:
    """All three syncs."""
    portal = hubspot.Client(settings.get())
    for item in mapping.load().properties:
        if item.define:
            portal.create_property({"name": item.property, **item.define})
    ours, changed = contacts // OURS_SHARE, contacts // CHANGED_SHARE
    theirs = contacts - ours
    made = [made for first in range(0, theirs, 5000) for made in seed(client, first, min(5000, theirs - first))]
    with db.connect(dsn) as conn:
        db.execute(conn, _OURS, {"count": ours})
        last = max((call["seq"] for call in client.calls("hubspot")), default=0)
        last = report("first sync", client, least_calls(theirs, LIST_PAGE) + least_calls(ours, BATCH), last)
        # What the first sync wrote was changed since its window ended, so the next one has to read it.
        written = ours
        for contact in made[-changed // 2 :]:
            client.hubspot.edit(contact, phone="+34600000000")
        db.execute(conn, _CHANGE, {"count": changed // 2})
    least = least_calls(written + changed // 2, SEARCH_PAGE) + 1 + least_calls(changed // 2, BATCH)
    last = report("1 % changed", client, least, last)
    report("the next one", client, least_calls(changed // 2, SEARCH_PAGE) + 1, last)


def seed(client: SandboxClient, first: int, count: int) -> list[str]:
    """Contacts that HubSpot has."""
    pattern = {"email": "lead{n}@ejemplo.es", "firstname": "Lead {n}", "lastname": "Del Portal", "phone": "+3460{n}"}
    return client.hubspot.seed(count=count, first=first + 1, pattern=pattern)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contacts", type=int, default=50_000)
    parser.add_argument("--limits", action="store_true", help="as HubSpot counts them")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="opsflows-sync-") as folder, server.start() as sandbox:
        database = postgres.start(folder)
        try:
            os.environ |= {**sandbox.settings(), **sandbox.secrets(), "OPSFLOWS_PG_DSN": database.dsn}
            # Every contact here is younger than the overlap, so each run would read all of them again.
            os.environ["OPSFLOWS_SYNC_OVERLAP_S"] = "0"
            migrate.apply(database.dsn)
            client = SandboxClient(sandbox.base_url)
            if not arguments.limits:
                client.configure(hubspot={"per_ten_seconds": 0, "search_per_second": 0})
            measure(client, database.dsn, arguments.contacts)
        finally:
            database.stop()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
