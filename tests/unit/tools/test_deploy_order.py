"""The order in which flows are put, and what a rollback returns to."""

import itertools

import pytest

from tools.deploy import order
from tools.deploy.history import Entry, History

CALL = """\
tasks:
  - id: x
    type: io.kestra.plugin.core.flow.Loop
    tasks:
      - {{id: y, type: io.kestra.plugin.core.flow.Subflow, namespace: n, flowId: {}}}
"""
LEAF = "tasks:\n  - {id: x, type: io.kestra.plugin.core.log.Log, message: hi}\n"


def ordered(flows):
    return order.callees_first(flows, lambda name: f"n.{name}", flows.get)


def test_a_flow_comes_after_those_that_it_starts_whatever_the_order_before():
    flows = {"a": CALL.format("b"), "b": CALL.format("c"), "c": LEAF, "d": CALL.format("b")}
    for names in itertools.permutations(flows):
        found = ordered({name: flows[name] for name in names})
        assert sorted(found) == sorted(flows)
        assert found.index("c") < found.index("b") < min(found.index("a"), found.index("d"))


def test_flows_that_do_not_start_each_other_keep_their_order():
    assert ordered({"b": LEAF, "a": LEAF, "c": CALL.format("elsewhere")}) == ["b", "a", "c"]


def test_circles_are_cut():
    flows = {"a": CALL.format("b"), "b": CALL.format("a"), "c": CALL.format("c")}
    assert sorted(ordered(flows)) == ["a", "b", "c"]


def entry(text):
    """`1` a deploy, `<1` a rollback, `1!` one that failed, `1*` other content of the same version."""
    kind = "rollback" if text.startswith("<") else "deploy"
    state = "failed" if text.endswith("!") else "done"
    return Entry(
        text.strip("<!*"), "other" if text.endswith("*") else "one", "2026-01-01T00:00:00+00:00", "me", kind, state
    )


@pytest.mark.parametrize(
    ("entries", "current", "before", "unfinished"),
    [
        ("", None, None, None),
        ("1", "1", None, None),
        ("1!", None, None, "1"),
        ("1 2", "2", "1", None),
        ("1 2 3!", "2", "1", "3"),
        ("1 2 3! 3", "3", "2", None),
        ("1 2 3 <2", "2", "1", None),
        ("1 2 3 <2 <1", "1", None, None),
        ("1 2 3 <1", "1", None, None),
        ("1 2 3 <2 4", "4", "2", None),
        ("1 2 3 <2!", "3", "2", "2"),
        ("1 2 1", "1", "2", None),
        ("1 2 2", "2", "1", None),
        ("1 2 2*", "2", "2", None),
        ("1 <0", "0", "1", None),
    ],
)
def test_what_is_current_what_is_before_it_and_what_did_not_end(entries, current, before, unfinished):
    history = History([entry(text) for text in entries.split()])
    found = [getattr(history, name) for name in ("current", "before", "unfinished")]
    assert [item and item.release for item in found] == [current, before, unfinished]


def test_the_releases_since_another_one():
    history = History([entry(text) for text in "1 2 3! 4 <2 5!".split()])  # noqa: SIM905 - reads like the table above
    assert (history.since("1"), history.since("2"), history.since("9")) == ({"2", "3", "4", "5"}, {"5"}, set())
