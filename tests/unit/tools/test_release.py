"""A release changes the version everywhere or nothing at all; on real git."""

import subprocess
from pathlib import Path

import pytest

import kit
from tools.release import __main__ as command
from tools.release import edits

ROOT = Path(__file__).resolve().parents[3]
PYPROJECT = '[project]\nname = "x"\nversion = "0.1.0.dev0"\ndependencies = ["a>=1"]\n\n[tool.x]\ntarget-version = "1"\n'
FLOW = (
    "id: one\nnamespace: opsflows.a\nvariables:\n  other: 1\n  release: 0.1.0.dev0\ntasks:\n  - release: 0.1.0.dev0\n"
)
KIT = "scripts/kit/__init__.py"
KIT_TEXT = '"""A kit."""\n\n__version__ = "0.1.0.dev0"\n'
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.0.9] - 2026-01-01\n\n- Old.\n"


def git(root, *arguments):
    return subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A committed project of two flows, one of them without a release."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Release Test")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "release@opsflows.example")
    for folder in ("flows/a", "scripts/kit"):
        (tmp_path / folder).mkdir(parents=True)
    texts = {"pyproject.toml": PYPROJECT, "flows/a/one.yaml": FLOW, "flows/a/two.yaml": "id: two\n", KIT: KIT_TEXT}
    for name, text in (texts | {"CHANGELOG.md": CHANGELOG}).items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Begin")
    return tmp_path


def refused(checkout, capsys, *arguments):
    """What the refused command says; nothing may have changed."""
    before = (git(checkout, "rev-parse", "HEAD"), git(checkout, "tag"), git(checkout, "diff"))
    assert command.main(list(arguments), checkout) == 1
    assert (git(checkout, "rev-parse", "HEAD"), git(checkout, "tag"), git(checkout, "diff")) == before
    return capsys.readouterr().err


def test_a_release_sets_the_version_everywhere_commits_and_tags(checkout, capsys):
    assert command.main(["0.1.0"], checkout) == 0
    assert git(checkout, "status", "--porcelain") == ""
    assert git(checkout, "cat-file", "-t", "v0.1.0") == "tag"
    assert git(checkout, "rev-parse", "v0.1.0^{commit}") == git(checkout, "rev-parse", "HEAD")
    assert git(checkout, "show", "v0.1.0:pyproject.toml") == PYPROJECT.replace("0.1.0.dev0", "0.1.0").strip()
    assert (checkout / "flows/a/one.yaml").read_text() == FLOW.replace(
        "release: 0.1.0.dev0\ntasks", "release: 0.1.0\ntasks"
    )
    assert (checkout / "flows/a/two.yaml").read_text() == "id: two\n"
    assert (checkout / KIT).read_text() == KIT_TEXT.replace("0.1.0.dev0", "0.1.0")
    said = capsys.readouterr().out
    assert "git push --follow-tags" in said
    assert "make deploy" in said


def test_the_next_development_version_follows_a_release(checkout):
    command.main(["0.1.0"], checkout)
    assert command.main(["--next"], checkout) == 0
    assert 'version = "0.1.1.dev0"' in (checkout / "pyproject.toml").read_text()
    assert "  release: 0.1.1.dev0\ntasks" in (checkout / "flows/a/one.yaml").read_text()
    assert '__version__ = "0.1.1.dev0"' in (checkout / KIT).read_text()
    assert git(checkout, "status", "--porcelain") == ""


def test_a_development_version_has_no_next_one(checkout, capsys):
    assert "0.1.0.dev0 already" in refused(checkout, capsys, "--next")


@pytest.mark.parametrize("version", ["0.0.9", "0.1.0.dev0"])
def test_an_older_or_development_version_is_refused(checkout, capsys, version):
    assert version in refused(checkout, capsys, version)


@pytest.mark.parametrize("version", ["1.0", "v1.0.0", "1.0.0rc1", "01.0.0", "", "1.0.0\n"])
def test_what_is_no_version_is_refused(checkout, capsys, version):
    assert "x.y.z" in refused(checkout, capsys, version)


def test_uncommitted_changes_are_named(checkout, capsys):
    (checkout / "new.txt").write_text("new")
    assert "new.txt" in refused(checkout, capsys, "0.1.0")


def test_a_tag_that_exists_is_refused(checkout, capsys):
    git(checkout, "tag", "v0.2.0")
    assert "v0.2.0 exists" in refused(checkout, capsys, "0.2.0")


@pytest.mark.parametrize(
    "variables", ["", "variables: {release: 0.1.0.dev0}\n", "variables:\n    release: 0.1.0.dev0\n"]
)
def test_a_flow_whose_release_cannot_be_set_is_named(checkout, capsys, variables):
    (checkout / "flows/a/two.yaml").write_text(f'id: two\n{variables}include: "/{{{{ vars.release }}}}/x"\n')
    git(checkout, "commit", "--quiet", "--all", "--message", "Add a flow")
    assert "a/two.yaml: it reads vars.release" in refused(checkout, capsys, "0.1.0")


def test_a_kit_without_version_is_refused(checkout, capsys):
    (checkout / KIT).write_text("")
    git(checkout, "commit", "--quiet", "--all", "--message", "Lose the version")
    assert KIT in refused(checkout, capsys, "0.1.0")


def test_a_commit_that_git_refuses_leaves_the_checkout_as_it_was(checkout, capsys):
    hook = checkout / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no commits today\nexit 1\n")
    hook.chmod(0o755)
    assert "no commits today" in refused(checkout, capsys, "0.1.0")
    hook.unlink()
    assert command.main(["0.1.0"], checkout) == 0


def test_a_changelog_without_news_is_refused(checkout, capsys):
    command.main(["0.1.0"], checkout)
    capsys.readouterr()
    assert "lists nothing" in refused(checkout, capsys, "0.2.0")


def test_the_changelog_keeps_older_sections_and_begins_an_empty_one(checkout):
    command.main(["0.1.0"], checkout)
    written = (checkout / "CHANGELOG.md").read_text()
    headings = [line.split(" - ")[0] for line in written.splitlines() if line.startswith("## ")]
    assert headings == ["## [Unreleased]", "## [0.1.0]", "## [0.0.9]"]
    assert (
        written.index("## [0.1.0]")
        < written.index("- A thing.")
        < written.index("## [0.0.9]")
        < written.index("- Old.")
    )


def test_versions_follow_each_other():
    order = ["0.1.0.dev0", "0.1.0.dev1", "0.1.0", "0.1.1.dev0", "0.1.1", "0.2.0", "0.10.0", "1.0.0"]
    assert [str(version) for version in sorted(map(edits.parse, reversed(order)))] == order


def test_every_flow_of_the_project_can_be_released():
    version = edits.parse("9.9.9")
    flows = {path: path.read_text() for path in (ROOT / "flows").glob("*/*.yaml")}
    missed = [
        path.name for path, text in flows.items() if "release: 9.9.9" not in edits.with_flow_release(text, version)
    ]
    assert flows
    assert missed == []


def test_the_kit_says_the_version_of_the_project():
    assert str(edits.project_version((ROOT / "pyproject.toml").read_text())) == kit.__version__
