"""The rules of alerts go with a release, and a deploy refuses one with a mistake in them."""

import shutil
from pathlib import Path

import pytest

from platform_tasks.alerts import rules
from tools.deploy import release

ROOT = Path(__file__).resolve().parents[3]


def checkout(folder: Path, text: str) -> Path:
    shutil.copy(ROOT / "pyproject.toml", folder)
    config = folder / "namespace_files/config"
    config.mkdir(parents=True)
    (config / "prod.yaml").write_text("settings: {}")
    (config / "alerts.yaml").write_text(text)
    return folder


def test_the_rules_are_part_of_a_release_and_environments_are_not(tmp_path):
    text = (ROOT / release.ALERTS).read_text()
    assert list(release.load(checkout(tmp_path, text)).files) == [release.ALERTS]


def test_a_mistake_in_them_is_told_by_file_and_place(tmp_path):
    text = (ROOT / release.ALERTS).read_text().replace("level: WARNING", "level: LOUD", 1)
    with pytest.raises(ValueError, match=rf"{rules.FILE}: rules\.\w+\.level"):
        release.load(checkout(tmp_path, text))
