"""What a two-way sync does with one person: pure decisions, property by property. No I/O.

Three values meet: ours, HubSpot's, and the one that we last saw in HubSpot (`seen`). Whoever differs from `seen` has
changed; when both did, the property's policy decides.

    ours = theirs                         nothing to do
    only theirs changed                   pull
    only ours changed                     push, if the write mode lets us; else pull what is there (`ours`: keep both)
    both changed   hubspot                pull
                   ours                   push
                   newest                 whoever is later; HubSpot when both are of the same moment

Nothing of ours is ever sent empty: what we do not know is no reason to forget what HubSpot knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Mode = Literal["always", "if_empty", "on_create"]
Policy = Literal["newest", "hubspot", "ours"]
Move = Literal["same", "pull", "push", "keep"]


@dataclass(frozen=True, slots=True, order=True)
class Value:
    """What a property is and since when: `at` in milliseconds since 1970, `text` blank when it has no value."""

    at: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one property travels: its name in HubSpot, when we may write it, and who wins a conflict."""

    name: str
    mode: Mode = "always"
    policy: Policy = "newest"


Values = dict[str, Value]
NOTHING = Value()


@dataclass(frozen=True, slots=True)
class Merged:
    """What comes of a look at a contact.

    Attributes:
        pulled: values that ours take over.
        seen: what is now known of HubSpot's values, those of before included.
        pushed: texts that HubSpot does not have and that it shall get.
        conflicts: properties that both sides changed, and who won: `hubspot` or `ours`.
    """

    pulled: Values = field(default_factory=dict)
    seen: Values = field(default_factory=dict)
    pushed: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)


def decide(rule: Rule, ours: Value, theirs: Value, seen: Value | None, wrote: str | None = None) -> Move:
    """Who gives way in one property.

    Args:
        rule: the property's.
        ours: our value.
        theirs: HubSpot's value.
        seen: HubSpot's value when we last looked; None when we never did.
        wrote: what we wrote there last; None when we never did.

    Returns:
        `same`; `pull` (theirs becomes ours); `push` (ours becomes theirs); `keep` (they differ, and may).
    """
    if ours.text == theirs.text:
        return "same"
    if not ours.text:
        return "pull"
    if not _ours_wins(rule, ours, theirs, seen):
        return "pull"
    if may_write(rule, theirs.text, wrote):
        return "push"
    return "keep" if rule.policy == "ours" or not theirs.text else "pull"


def may_write(rule: Rule, present: str, wrote: str | None = None) -> bool:
    """Whether the write mode lets us change a property of a contact that exists: always what we wrote ourselves."""
    return rule.mode == "always" or present == wrote or (rule.mode == "if_empty" and not present)


def merge(
    rules: Iterable[Rule],
    ours: Mapping[str, Value],
    theirs: Mapping[str, Value],
    seen: Mapping[str, Value],
    wrote: Mapping[str, str] | None = None,
) -> Merged:
    """Merge what was read of a contact into what we have.

    Args:
        rules: the properties that travel.
        ours: our values by HubSpot's names.
        theirs: what was read. A property that is missing here was not read, and stays as it is.
        seen: what was known of HubSpot before. A value of `theirs` that is older is an echo, and not believed.
        wrote: what we wrote there last.
    """
    found, written = Merged(seen=dict(seen)), wrote or {}
    for rule in rules:
        known = seen.get(rule.name)
        news = theirs.get(rule.name)
        if news is None or (known and news.at < known.at):
            continue
        mine = ours.get(rule.name, NOTHING)
        move = decide(rule, mine, news, known, written.get(rule.name))
        _note(found, rule, mine, news, move, conflict=both_changed(mine, news, known))
    found.pushed.update(to_push(rules, dict(ours) | found.pulled, found.seen, written))
    return found


def to_push(
    rules: Iterable[Rule], ours: Mapping[str, Value], seen: Mapping[str, Value], wrote: Mapping[str, str]
) -> dict[str, str]:
    """What HubSpot shall get of a contact that exists: what differs from what it has, as far as we may write it."""
    wanted: dict[str, str] = {}
    for rule in rules:
        mine, present = ours.get(rule.name, NOTHING).text, seen.get(rule.name, NOTHING).text
        if mine and mine != present and may_write(rule, present, wrote.get(rule.name)):
            wanted[rule.name] = mine
    return wanted


def to_create(rules: Iterable[Rule], ours: Mapping[str, Value]) -> dict[str, str]:
    """What a new contact gets: everything that we know, whatever the write mode."""
    return {rule.name: mine.text for rule in rules if (mine := ours.get(rule.name, NOTHING)).text}


def both_changed(ours: Value, theirs: Value, seen: Value | None) -> bool:
    """Whether a value was changed on both sides since we last looked, in different ways."""
    if ours.text == theirs.text or not ours.text:
        return False
    if seen is None:
        return bool(theirs.text)
    return seen.text not in (ours.text, theirs.text)


def _ours_wins(rule: Rule, ours: Value, theirs: Value, seen: Value | None) -> bool:
    if both_changed(ours, theirs, seen):
        return rule.policy == "ours" or (rule.policy == "newest" and ours.at > theirs.at)
    # One side changed. Before the first look whatever HubSpot lacks is ours to give.
    return not theirs.text if seen is None else theirs.text == seen.text


def _note(found: Merged, rule: Rule, mine: Value, news: Value, move: Move, *, conflict: bool) -> None:
    found.seen[rule.name] = news
    if move == "pull" and mine.text != news.text:
        found.pulled[rule.name] = news
    if conflict:
        found.conflicts[rule.name] = "hubspot" if move == "pull" else "ours"


def reading(texts: Mapping[str, str], at: int, seen: Mapping[str, Value]) -> Values:
    """The properties of a contact that was read, as values.

    Args:
        texts: what was read, blank where HubSpot has nothing.
        at: when the contact was last changed in any property; milliseconds.
        seen: what was known. A property that reads as it was keeps its time.
    """
    return {name: _read(text, at, seen.get(name)) for name, text in texts.items()}


def _read(text: str, at: int, known: Value | None) -> Value:
    if known and known.text == text:
        return known
    # What was always blank is older than any value of ours.
    return Value(at if text or known else 0, text)


def news(events: Mapping[str, Value], seen: Mapping[str, Value]) -> Values:
    """Those of some changes that are later than what was seen, so that the order in which they are heard is no matter.

    Two changes of one moment are told apart by their text, in every order alike.
    """
    return {name: value for name, value in events.items() if name not in seen or value > seen[name]}
