"""kill -9 of a sync at each of its steps: the next run ends where an undisturbed one does, with hardly more calls."""

import cut_short
import pytest

from leads import sync_windows
from tests.contract.sync.synckit import Sync

pytestmark = pytest.mark.slow
CONTACTS, LEADS = 450, 130

WORK = """
from kit import task
from leads import sync
sync.run(sync.Inputs(full={full}), task.Context(execution_id="killed"))
"""
LAST = "before old lines are forgotten"
PAGE = ("leads.sync_store", "", "save")
POINTS = {
    "a page was read": ("leads.sync_contacts", "Contacts", "{read}", "after", 2),
    "before a page is written": (*PAGE, "before", 2),
    "a page is written, not committed": (*PAGE, "after", 2),
    "before the run moves on": ("leads.sync_runs", "", "move", "before", 3),
    "the run moved on, not committed": ("leads.sync_runs", "", "move", "after", 3),
    "deletions are looked for": ("leads.sync_store", "", "gone", "after", 1),
    "before a batch is sent": ("leads.sync_contacts", "Contacts", "write", "before", 1),
    "HubSpot took a batch": ("leads.sync_contacts", "Contacts", "write", "after", 1),
    "a batch is noted, not committed": ("leads.sync_store", "", "written", "after", 1),
    LAST: ("leads.sync_store", "", "forget", "before", 1),
}


@pytest.mark.parametrize("mode", ["changes", "full"])
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_sync_is_gone_on_with(sync: Sync, point: str, mode: str):
    if mode == "changes":
        sync.run()
    lost = sync.portal.seed({"email": "lost@ejemplo.es"})[0] if mode == "changes" else None
    if lost:
        sync.run()
        sync.portal.archive(lost)
    sync.portal.seed(count=CONTACTS)
    leads = [sync.add_lead(f"n{n}", email=f"neu{n}@ejemplo.es", first_name=f"Neu {n}") for n in range(LEADS)]
    before = len(sync.calls())
    kill(sync, point, mode)
    sync.run()
    least = least_calls(mode)
    if point == LAST:  # nothing was left of that run: the next one reads what the overlap holds
        least += (CONTACTS + LEADS) // sync_windows.SEARCH_PAGE + 2
    # What was under way is read or sent once more, and nothing else.
    assert len(sync.calls()) - before <= least + 3
    sync.equal_sides()
    assert sync.leads() == CONTACTS + len(leads) + bool(lost)
    assert sync.portal.summary()["contacts"] == CONTACTS + LEADS
    if lost:
        assert sync.lead_of(lost)["state"] == "deleted"


def least_calls(mode: str) -> int:
    batches = sync_windows.least_calls(LEADS, sync_windows.BATCH)
    if mode == "full":
        return sync_windows.least_calls(CONTACTS, sync_windows.LIST_PAGE) + batches
    # A page that is full is followed by another; then the bin, and who is new is asked for before it is written.
    return CONTACTS // sync_windows.SEARCH_PAGE + 1 + 1 + 2 * batches


def kill(sync: Sync, point: str, mode: str) -> None:
    module, owner, name, when, nth = POINTS[point]
    name = name.format(read="listed" if mode == "full" else "changed")
    cut_short.kill(sync.conn, (module, owner, name, when, nth), WORK.format(full=mode == "full"))
