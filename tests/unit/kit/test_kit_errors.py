"""The tree of errors: drawn in the docstring as it is, and each error tells what to do next."""

from __future__ import annotations

import inspect
import re

import pytest

from kit import errors

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.OpsflowsError)
}


def test_the_docstring_draws_the_tree_as_it_is():
    drawn = re.findall(r"^( *)[*x+] (\w+)", errors.__doc__, re.MULTILINE)
    assert [name for _, name in drawn] == list(CLASSES)
    path: list[str] = []
    for indent, name in drawn:
        depth = len(indent) // 2
        path = [*path[:depth], name]
        parent = path[depth - 1] if depth else "Exception"
        assert CLASSES[name].__bases__[0].__name__ == parent


@pytest.mark.parametrize("kind", CLASSES.values(), ids=list(CLASSES))
def test_every_kind_has_a_code_of_its_own_and_a_meaning(kind):
    assert re.fullmatch(r"[a-z_]+", kind("x").code)
    assert kind.__doc__
    assert [other.default_code for other in CLASSES.values()].count(kind.default_code) == 1


def test_a_message_ends_with_the_next_action_and_where_it_came_from():
    error = errors.RateLimitedError(
        "Too many calls.",
        next_action="Wait.",
        provider="acme",
        request_id="r1",
        retry_after=2.5,
        details={"status": 429},
    )
    assert str(error) == "Too many calls. Wait. (provider acme, request id r1)"
    assert (error.retry_after, error.details, error.code) == (2.5, {"status": 429}, "rate_limited")
    assert str(errors.NotFoundError("Gone.")) == "Gone."


def test_the_outcome_is_what_flows_branch_on():
    assert errors.ConflictError("Twice.", code="duplicate", provider="acme").outcome() == {
        "code": "duplicate",
        "message": "Twice. (provider acme)",
        "provider": "acme",
        "request_id": None,
    }
