"""Two-way merges: they settle, lose nothing that is better, and do not depend on the order of what is heard."""

from itertools import permutations

from hypothesis import assume, given
from hypothesis import strategies as st

from leads import sync_plan as plan
from leads.sync_plan import NOTHING, Rule, Value

TEXTS = st.sampled_from(["", "a", "b", "c"])
TIMES = st.integers(1, 5)
VALUES = st.builds(Value, TIMES, TEXTS)
RULES = st.builds(
    Rule,
    st.just("p"),
    st.sampled_from(["always", "if_empty", "on_create"]),
    st.sampled_from(["newest", "hubspot", "ours"]),
)


def side(value: Value | None) -> dict[str, Value]:
    return {} if value is None else {"p": value}


@given(RULES, VALUES, VALUES, st.none() | VALUES)
def test_one_round_settles_both_sides(rule: Rule, ours: Value, theirs: Value, seen: Value | None):
    assume(seen is None or theirs.at >= seen.at)
    first = plan.merge([rule], side(ours), side(theirs), side(seen))
    mine = first.pulled.get("p", ours)
    there = first.pushed.get("p", first.seen.get("p", NOTHING).text)
    again = plan.merge([rule], side(mine), side(Value(9, there)), {"p": Value(9, there)})
    assert (again.pulled, again.pushed, again.conflicts) == ({}, {}, {})
    # They may differ only where the mode forbids to write and there is nothing to take, or ours must not give way.
    assert mine.text == there or (rule.mode != "always" and (not there or rule.policy == "ours"))


@given(RULES, VALUES, VALUES, st.none() | VALUES)
def test_a_value_is_never_lost_to_an_empty_one_of_ours(rule: Rule, ours: Value, theirs: Value, seen: Value | None):
    found = plan.merge([rule], side(Value(ours.at)), side(theirs), side(seen))
    assert found.pushed == {}


@given(RULES, VALUES, VALUES, st.none() | VALUES)
def test_what_the_mode_forbids_is_not_written(rule: Rule, ours: Value, theirs: Value, seen: Value | None):
    found = plan.merge([rule], side(ours), side(theirs), side(seen))
    present = found.seen.get("p", NOTHING).text
    if found.pushed:
        assert rule.mode == "always" or (rule.mode == "if_empty" and not present)


@given(RULES, VALUES, VALUES, VALUES)
def test_a_change_on_one_side_alone_is_no_conflict(rule: Rule, ours: Value, theirs: Value, seen: Value):
    kept = plan.merge([rule], side(Value(ours.at, seen.text)), side(theirs), side(seen))
    sent = plan.merge([rule], side(ours), side(Value(theirs.at, seen.text)), side(seen))
    assert kept.conflicts == sent.conflicts == {}


@given(RULES, VALUES, VALUES, VALUES)
def test_an_echo_older_than_what_was_seen_changes_nothing(rule: Rule, ours: Value, theirs: Value, seen: Value):
    late = Value(seen.at + theirs.at, seen.text)
    found = plan.merge([rule], side(ours), side(theirs), side(late))
    assert found.seen == {"p": late} or theirs.at == late.at
    if theirs.at < late.at:
        assert found.pulled == {}


@given(RULES, st.none() | VALUES, st.lists(VALUES, min_size=2, max_size=4))
def test_events_in_any_order_end_in_the_same_state(rule: Rule, agreed: Value | None, events: list[Value]):
    """While nothing of ours waits to be sent, which is between two syncs the rule."""
    ours = agreed or NOTHING
    assert len({_heard(rule, ours, agreed, order) for order in permutations(events)}) == 1


@given(RULES, VALUES, st.none() | VALUES, st.lists(VALUES, min_size=2, max_size=4))
def test_what_hubspot_has_is_known_whatever_the_order(rule: Rule, ours: Value, seen: Value | None, events: list[Value]):
    assert len({_heard(rule, ours, seen, order)[1] for order in permutations(events)}) == 1


def _heard(rule: Rule, ours: Value, seen: Value | None, events: tuple[Value, ...]) -> tuple[str, str]:
    known = side(seen)
    for event in events:
        found = plan.merge([rule], side(ours), plan.news({"p": event}, known), known)
        ours, known = found.pulled.get("p", ours), found.seen
    return ours.text, known.get("p", NOTHING).text


def test_the_policies():
    ours, theirs, seen = Value(5, "ours"), Value(4, "theirs"), Value(1, "before")
    winners = {
        policy: plan.merge([Rule("p", policy=policy)], side(ours), side(theirs), side(seen)).conflicts["p"]
        for policy in ("newest", "hubspot", "ours")
    }
    assert winners == {"newest": "ours", "hubspot": "hubspot", "ours": "ours"}


def test_hubspot_wins_a_tie():
    found = plan.merge([Rule("p")], side(Value(4, "ours")), side(Value(4, "theirs")), side(Value(1, "before")))
    assert (found.conflicts, found.pulled) == ({"p": "hubspot"}, {"p": Value(4, "theirs")})


@given(TIMES, VALUES)
def test_a_reading_of_what_is_known_changes_nothing(at: int, seen: Value):
    read = plan.reading({"p": seen.text}, at, {"p": seen})
    assert read == {"p": seen}


def test_what_hubspot_never_had_is_filled_by_ours():
    read = plan.reading({"p": ""}, 9, {})
    found = plan.merge([Rule("p", "if_empty", "hubspot")], {"p": Value(1, "ours")}, read, {})
    assert (found.pulled, found.pushed) == ({}, {"p": "ours"})


def test_what_somebody_cleared_in_hubspot_is_cleared_here():
    seen = {"p": Value(1, "a")}
    found = plan.merge([Rule("p")], {"p": Value(1, "a")}, plan.reading({"p": ""}, 9, seen), seen)
    assert (found.pulled, found.pushed) == ({"p": Value(9, "")}, {})
