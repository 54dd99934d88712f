"""requirements-image.lock holds what tasks import: the same versions as everywhere else, and nothing besides."""

import re
import tomllib

import imagekit

PINNED = re.compile(r"(?m)^([a-z0-9][a-z0-9.-]*)==([^ \\;]+)[^\n]*((?:\n    --hash=\S+(?: \\)?)+)")


def lock(name: str) -> dict[tuple[str, str], frozenset[str]]:
    """Hashes by name and version; a package may be there twice, for Pythons of different age."""
    found = PINNED.findall((imagekit.ROOT / name).read_text())
    return {(package, version): frozenset(re.findall(r"sha256:\w{64}", hashes)) for package, version, hashes in found}


def test_versions_and_hashes_are_those_of_the_project():
    whole, image = lock("requirements.lock"), lock("requirements-image.lock")
    assert len(image) > 50
    assert {pinned: whole.get(pinned) for pinned in image} == image


def test_every_line_is_pinned_with_hashes():
    text = (imagekit.ROOT / "requirements-image.lock").read_text()
    packages = re.findall(r"(?m)^([^\s#]\S*)", text)
    assert len(packages) == len(lock("requirements-image.lock"))
    assert all(lock("requirements-image.lock").values())


def test_it_holds_what_the_project_declares_and_no_tool():
    project = tomllib.loads((imagekit.ROOT / "pyproject.toml").read_text())
    declared = {re.match(r"[\w-]+", line)[0] for line in project["project"]["dependencies"]}
    tools = {re.match(r"[\w-]+", line)[0] for line in project["dependency-groups"]["dev"]}
    image = {name for name, _ in lock("requirements-image.lock")}
    assert declared <= image
    assert not tools & image


def test_it_names_no_index():
    assert "://" not in (imagekit.ROOT / "requirements-image.lock").read_text()
