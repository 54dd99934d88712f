"""What a check finds, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kit.redaction import mask_secrets


class State(StrEnum):
    """How it stands; `ATTENTION` works today and will not tomorrow, or could not be looked at."""

    OK = "ok"
    ATTENTION = "attention"
    ABSENT = "not configured"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what was looked at, one or two words in snake_case.
        state: how it stands.
        text: what was seen, in plain words.
        action: what to do about it; None when there is nothing to do.
        docs: page and anchor below docs/ that explains it, e.g. `setup/slack.md#channel`; there whenever `action` is.
    """

    name: str
    state: State
    text: str
    action: str | None = None
    docs: str | None = None

    def masked(self) -> Finding:
        """The same without any secret that a provider may have quoted."""
        action = mask_secrets(self.action) if self.action else None
        return Finding(self.name, self.state, mask_secrets(self.text), action, self.docs)

    def as_json(self) -> dict[str, Any]:
        """The finding as the JSON report has it."""
        docs = f"docs/{self.docs}" if self.docs else None
        return {"name": self.name, "state": self.state, "text": self.text, "action": self.action, "docs": docs}


@dataclass(frozen=True, slots=True)
class Report:
    """Everything about one provider; `ms` is how long it took to look, in milliseconds."""

    provider: str
    findings: tuple[Finding, ...]
    ms: int

    @property
    def state(self) -> State:
        """`wrong` when anything is, `not configured` when nothing else was found, else `ok`."""
        states = {finding.state for finding in self.findings}
        if State.WRONG in states:
            return State.WRONG
        return State.ABSENT if states == {State.ABSENT} else State.OK

    def as_json(self) -> dict[str, Any]:
        """The report as JSON has it."""
        findings = [finding.as_json() for finding in self.findings]
        return {"provider": self.provider, "state": self.state, "ms": self.ms, "findings": findings}


def ok(name: str, text: str) -> Finding:
    """Everything is as it should be."""
    return Finding(name, State.OK, text)


def attention(name: str, text: str, action: str, docs: str) -> Finding:
    """It works, but something is to be done."""
    return Finding(name, State.ATTENTION, text, action, docs)


def absent(name: str, text: str, action: str, docs: str) -> Finding:
    """It is not set up at all."""
    return Finding(name, State.ABSENT, text, action, docs)


def wrong(name: str, text: str, action: str, docs: str) -> Finding:
    """It does not work."""
    return Finding(name, State.WRONG, text, action, docs)
