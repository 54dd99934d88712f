"""Windows over a search that lags behind, with contacts that change meanwhile: no change slips through."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leads import sync_windows
from leads.sync_windows import Window

BEGIN = datetime(2026, 11, 21, tzinfo=UTC)
LAG_S, OVERLAP_S = 20, 30


@dataclass
class Portal:
    """When each contact was changed; the search knows it `LAG_S` later."""

    changes: dict[int, list[datetime]]
    shown: dict[int, datetime] = field(default_factory=dict)

    def search(self, window: Window, now: datetime, most: int) -> list[int]:
        """A page as HubSpot's filters and order make it, read back from what we would send."""
        (group,) = sync_windows.filters(window)
        bounds = {(one["propertyName"], one["operator"]): int(one["value"]) for one in group["filters"]}
        found = []
        for contact in sorted(self.changes):
            known = [at for at in self.changes[contact] if at <= now - timedelta(seconds=LAG_S)]
            if not known or contact <= bounds["hs_object_id", "GT"]:
                continue
            at = sync_windows.milliseconds(known[-1])
            if bounds["lastmodifieddate", "GTE"] <= at < bounds["lastmodifieddate", "LT"]:
                found.append(contact)
                self.shown[contact] = known[-1]
            if len(found) == most:
                break
        return found


def read(portal: Portal, window: Window, now: datetime, most: int) -> datetime:
    """One run, five seconds a page."""
    while True:
        page = portal.search(window, now, most)
        now += timedelta(seconds=5)
        if len(page) < most:
            return window.until
        window = window.past(str(page[-1]))


CHANGES = st.dictionaries(
    st.integers(1, 30),
    st.lists(st.integers(0, 600).map(lambda s: BEGIN + timedelta(seconds=s)), min_size=1, max_size=4).map(sorted),
    max_size=30,
)


@given(CHANGES, st.integers(1, 7), st.lists(st.integers(0, 600), max_size=4))
def test_every_change_is_seen_in_the_end(changes: dict[int, list[datetime]], most: int, runs: list[int]):
    portal, watermark = Portal(changes), BEGIN
    for moment in [*sorted(runs), 10_000]:
        now = BEGIN + timedelta(seconds=moment)
        watermark = read(portal, sync_windows.next_window(watermark, now, OVERLAP_S), now, most)
    assert portal.shown == {contact: times[-1] for contact, times in changes.items()}


@given(st.integers(0, 10**6), st.floats(0, 10**5))
def test_a_window_never_ends_before_the_one_before(moment: int, overlap_s: float):
    watermark = BEGIN + timedelta(seconds=moment)
    found = sync_windows.next_window(watermark, BEGIN, overlap_s)
    assert found.since <= watermark <= found.until
