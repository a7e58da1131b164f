"""Resources are found in the source tree and in a frozen bundle."""

import sys

import pytest

from mt3_desktop.core.resources import resource


def test_folder_of_the_source_tree_is_found():
    assert resource("").is_dir()


def test_bundle_comes_first(tmp_path, monkeypatch):
    (tmp_path / "resources" / "lite").mkdir(parents=True)
    (tmp_path / "resources" / "lite" / "config.json").write_text("{}")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resource("lite/config.json") == tmp_path / "resources" / "lite" / "config.json"


def test_missing_resource_is_named():
    with pytest.raises(FileNotFoundError, match=r"no/such\.file"):
        resource("no/such.file")
