"""What the docs tell people to copy can be read by the tool that it is for."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.deploy import environments

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/kestractl.md").read_text()
TAKES = {
    "flows validate": set(),
    "flows deploy": {"--override", "--fail-fast"},
    "nsfiles upload": {"--no-root", "--fail-fast", "--allow-missing-namespace"},
    "executions run": {"--output"},
    "executions watch": set(),
}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.fixture
def workflow() -> dict[Any, Any]:
    [only] = blocks(PAGE, "yaml")
    return yaml.safe_load(only)


def steps(workflow: dict[Any, Any], job: str) -> list[dict[str, Any]]:
    return workflow["jobs"][job]["steps"]


def shell() -> list[str]:
    [only] = blocks(PAGE, "yaml")
    return [*blocks(PAGE, "sh"), *(step["run"] for step in steps(yaml.safe_load(only), "deploy") if "run" in step)]


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.stem)
def test_every_yaml_block_is_yaml(page: Path):
    for block in blocks(page.read_text(), "ya?ml"):
        assert yaml.safe_load(block) is not None


def test_the_example_of_an_environment_is_one(tmp_path: Path):
    [example] = blocks((ROOT / "docs/settings.md").read_text(), "yaml")
    folder = tmp_path / "namespace_files/config"
    folder.mkdir(parents=True)
    (folder / "base.yaml").write_text((ROOT / "namespace_files/config/base.yaml").read_text())
    (folder / "prod.yaml").write_text(example)
    found = environments.load("prod", tmp_path)
    assert (found.kestra_url, found.settings["OPSFLOWS_LOCALE"]) == ("https://kestra.acme.test", "en")
    assert "OPSFLOWS_TIMEZONE" not in found.settings


def test_pull_requests_are_validated_and_tags_deployed(workflow: dict[Any, Any]):
    on = workflow[True]  # YAML 1.1 reads the key `on` so
    assert set(on) == {"pull_request", "push"}
    assert on["push"] == {"tags": ["v*"]}
    assert workflow["jobs"]["deploy"]["if"] == "github.event_name == 'push'"
    assert workflow["jobs"]["deploy"]["needs"] == "validate"
    assert [step["uses"].split("/")[-1].split("@")[0] for step in steps(workflow, "validate")] == [
        "checkout",
        "validate-flows",
    ]


def test_actions_and_kestractl_are_pinned(workflow: dict[Any, Any]):
    used = [step for job in workflow["jobs"] for step in steps(workflow, job) if "uses" in step]
    for step in used:
        if "kestra-io" in step["uses"]:
            assert re.fullmatch(r"kestra-io/github-actions/(validate|deploy)-flows@[0-9a-f]{40}", step["uses"])
            assert step["with"]["kestractlVersion"] == "2"
        else:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
    assert re.findall(r"kestra/kestractl:(\S+)", PAGE) == ["2.0.0"]


def test_steps_come_in_the_order_of_a_deploy(workflow: dict[Any, Any]):
    done = [str(step.get("run", step.get("uses"))) for step in steps(workflow, "deploy")]
    order = ["deploy.export", "build/files", "build/manifest", "schema_migrate", "deploy-flows@", "deploy_smoke"]
    places = [next(n for n, text in enumerate(done) if word in text) for word in order]
    assert places == sorted(places)


def test_no_secret_is_an_option_of_ours(workflow: dict[Any, Any]):
    runs = "\n".join(shell())
    assert not re.search(r"--(password|username|token)|secrets\.", runs)
    assert set(re.findall(r"secrets\.(\w+)", yaml.safe_dump(workflow))) == {"KESTRA_USERNAME", "KESTRA_PASSWORD"}


@pytest.mark.parametrize("script", shell(), ids=range(len(shell())))
def test_shell_blocks_are_shell(script: str):
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_kestractl_is_called_as_it_can_be_called():
    """By the commands that its own help has, and never in a way that nests a folder's name into the path."""
    calls = re.findall(r"\bkestractl ((?:flows|nsfiles|executions) (?:(?!\"\$\()[^)\n|])*)", "\n".join(shell()))
    assert len(calls) >= 10
    for call in calls:
        words = shlex.split(call)
        assert {word for word in words if word.startswith("--")} <= TAKES[" ".join(words[:2])], call
        if words[:2] == ["nsfiles", "upload"] and words[3] == "build/files":
            assert "--no-root" in words
