"""The reviewer chooses a category from those that there are; one that was never set stays unset unless they choose."""

from console import fields
from tickets import categories


def category_of(row, **changes):
    ticket = row(confidence={}, evidence={}, rotation=0, **changes)
    [found] = [field for field in fields.of(ticket) if field.name == "category"]
    return ticket, found


def test_there_is_every_category_by_its_name(row):
    _, found = category_of(row)
    assert (found.kind, found.value, found.sure) == ("select", "restaurant", True)
    assert [value for value, _ in found.options] == ["", *categories.ids()]
    assert ("restaurant", "Restauración") in found.options


def test_leaving_it_as_it_is_changes_nothing(row):
    for value in ("restaurant", None):
        ticket, found = category_of(row, category=value)
        assert fields.changes(ticket, {"category": found.value}) == ({}, {})
    ticket, _ = category_of(row, category=None)
    assert fields.changes(ticket, {"category": "hotel"}) == ({"category": "hotel"}, {})
