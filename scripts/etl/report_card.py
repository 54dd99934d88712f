"""Task: tell Slack that a day's report is there, once a day, with links to its files."""

from __future__ import annotations

from typing import Any

from adapters.slack import once
from kit import i18n, links, notify, task


class Inputs(task.TaskInputs):
    """The report, as `report` gave it, and where its files are."""

    day: str
    title: str
    counts: dict[str, int]
    pdf_uri: str = ""
    markdown_uri: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Post the card.

    Returns:
        `card`: `done`, `unknown`, or `nothing` where Slack is not set up.
    """
    return {"card": once.post(f"etl-report:{inputs.day}", blocks(inputs, ctx), inputs.title)}


def blocks(inputs: Inputs, ctx: task.Context) -> list[dict[str, Any]]:
    """Title, counts, links."""
    shown = {i18n.t(f"etl.report.section.{name}"): str(count) for name, count in inputs.counts.items()}
    parts = [notify.header(inputs.title), notify.fields(shown)]
    places = {"pdf": links.file(inputs.pdf_uri, ctx), "markdown": links.file(inputs.markdown_uri, ctx)}
    places["execution"] = links.execution(ctx)
    named = [f"<{url}|{i18n.t(f'etl.link.{name}')}>" for name, url in places.items() if url]
    return [*parts, notify.context(named)] if named else parts


if __name__ == "__main__":
    task.main(Inputs, run)
