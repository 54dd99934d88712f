"""What a deploy takes from a checkout."""

import json

import pytest

from tools.deploy import release

PYPROJECT = '[project]\nname = "x"\nversion = "{}"\n'
FLOW = "id: {}\nnamespace: {}\nvariables:\n  release: {}\ntasks: []\n"


@pytest.fixture
def checkout(tmp_path):
    write(tmp_path, "pyproject.toml", PYPROJECT.format("1.2.3"))
    write(tmp_path, "scripts/kit/a.py", "a = 1\n")
    write(tmp_path, "namespace_files/sql/b.sql", "select 1\n")
    write(tmp_path, "flows/demo/one.yaml", FLOW.format("one", "opsflows.demo", "1.2.3"))
    return tmp_path


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_files_and_flows_are_found(checkout):
    found = release.load(checkout)
    assert (found.version, found.is_development) == ("1.2.3", False)
    assert found.files == {"scripts/kit/a.py": b"a = 1\n", "namespace_files/sql/b.sql": b"select 1\n"}
    assert [(flow.namespace, flow.id, flow.release) for flow in found.flows] == [("opsflows.demo", "one", "1.2.3")]


def test_caches_and_other_folders_are_left_out(checkout):
    before = release.load(checkout).files
    left_out = ["scripts/kit/__pycache__/a.pyc", "scripts/.mypy_cache/x", "namespace_files/.ruff_cache/x", "tests/x.py"]
    for path in left_out:
        write(checkout, path, "x")
    assert release.load(checkout).files == before


def test_a_checkout_may_lie_below_a_folder_named_like_a_cache(checkout):
    moved = checkout / "__pycache__" / "project"
    moved.parent.mkdir()
    for name in ("pyproject.toml", "scripts", "namespace_files", "flows"):
        moved.mkdir(exist_ok=True)
        (checkout / name).rename(moved / name)
    assert "scripts/kit/a.py" in release.load(moved).files


def test_a_flow_of_another_version_is_refused(checkout):
    write(checkout, "flows/demo/one.yaml", FLOW.format("one", "opsflows.demo", "1.2.2"))
    with pytest.raises(ValueError, match=r"demo/one.yaml: variables.release is 1.2.2, the project is 1.2.3"):
        release.load(checkout)


@pytest.mark.parametrize(
    ("name", "namespace"), [("other", "opsflows.demo"), ("one", "opsflows.other"), ("one", "demo")]
)
def test_a_misnamed_file_is_refused(checkout, name, namespace):
    write(checkout, "flows/demo/one.yaml", FLOW.format(name, namespace, "1.2.3"))
    with pytest.raises(ValueError, match="folder and file name must say the same"):
        release.load(checkout)


@pytest.mark.parametrize("text", ["id: [", "- id: one\n", "id: one\n", ""])
def test_a_file_that_is_no_flow_is_named(checkout, text):
    write(checkout, "flows/demo/bad.yaml", text)
    with pytest.raises(ValueError, match=r"demo/bad\.yaml"):
        release.load(checkout)


def test_every_problem_is_told_at_once(checkout):
    for name in ("two", "three"):
        write(checkout, f"flows/demo/{name}.yaml", FLOW.format(name, "opsflows.demo", "9.9.9"))
    with pytest.raises(ValueError, match=r"three.yaml[^\n]+\n[^\n]+two.yaml"):
        release.load(checkout)


def test_the_manifest_is_the_same_for_the_same_content_and_differs_for_other(checkout):
    manifest = release.load(checkout).manifest()
    assert release.load(checkout).manifest() == manifest
    assert sorted(json.loads(manifest)) == ["flows/demo/one.yaml", "namespace_files/sql/b.sql", "scripts/kit/a.py"]
    for path in json.loads(manifest):
        with (checkout / path).open("a") as file:
            file.write("\n")
        changed = release.load(checkout).manifest()
        assert changed != manifest
        manifest = changed


def test_this_checkout_is_fit_to_be_deployed():
    found = release.load()
    assert found.flows
    assert "scripts/kit/task.py" in found.files
