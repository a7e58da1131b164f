"""Torch's library is opened without Python's lock, and the import goes on from there."""

from __future__ import annotations

import importlib.machinery
import subprocess
import sys
from pathlib import Path

import pytest

from mt3_desktop.app import torch_library

PROGRAM = """
import sys
from mt3_desktop.app.torch_library import NAME, open_torch_library
assert open_torch_library()
assert "torch" not in sys.modules
assert NAME in open("/proc/self/maps").read()
import torch
assert float(torch.ones(3).sum()) == 3.0
assert not open_torch_library()  # there is nothing left to do
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux opens it so")
def test_torch_can_be_imported_from_the_open_library() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


def test_a_library_that_cannot_be_opened_is_left_to_the_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        sys, "modules", {name: module for name, module in sys.modules.items() if name != "torch"}
    )
    elsewhere = importlib.machinery.ModuleSpec("torch", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(torch_library, "find_spec", lambda _name: elsewhere)
    assert not torch_library.open_torch_library()
