"""The walls that linters cannot see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mt3_desktop"
FILES = sorted(PACKAGE.rglob("*.py"))


def modules_after(statement: str) -> set[str]:
    """What a fresh interpreter has imported after `statement`."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import mt3_desktop", {"torch", "PySide6"}),
        ("import mt3_desktop.gui.composition", {"torch", "av", "sounddevice", "soundfile", "soxr"}),
        (
            "import mt3_desktop.gui.main",
            {"numpy", "torch", "pyqtgraph", "httpx", "av", "sounddevice", "soundfile", "soxr", "scipy"},
        ),
        ("import mt3_desktop.core.batch", {"torch", "PySide6", "sounddevice"}),
        ("import mt3_desktop.cli", {"torch", "PySide6", "av"}),
    ],
)
def test_heavy_libraries_wait_until_they_are_needed(statement: str, forbidden: set[str]) -> None:
    assert not modules_after(statement) & forbidden


@pytest.mark.parametrize(
    ("pattern", "where"),
    [
        (r"\.terminate\(\)", "app gui"),
        (r"processEvents", "app gui core"),
        (r"BlockingQueuedConnection", "app gui"),
        (r"time\.sleep", "app gui"),
        (r"strict=False", "core/nn core/families"),
        (r"weights_only=False", "core"),
        (r"import pickle\b(?!.*#)", "app gui"),
    ],
)
def test_forbidden_words(pattern: str, where: str) -> None:
    roots = [PACKAGE / name for name in where.split()]
    hits = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in FILES
        if any(path.is_relative_to(root) for root in roots)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not hits


def test_core_tests_do_not_need_qt() -> None:
    hits = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests" / "core").rglob("*.py")
        if re.search(r"PySide6|qtbot|qapp", path.read_text(encoding="utf-8"))
    ]
    assert not hits


def test_nothing_is_built_at_import() -> None:
    """No module-level instance of a class of ours that has state: services come by constructor."""
    services = {
        "JobQueue",
        "ModelLibrary",
        "ModelPool",
        "CheckpointStore",
        "SettingsStore",
        "Messages",
        "Player",
    }
    hits = []
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            value = getattr(node, "value", None)
            if isinstance(value, ast.Call) and getattr(value.func, "id", "") in services:
                hits.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not hits


def test_qt_keeps_its_references_to_none() -> None:
    """PySide6 6.12.0 loses one per void call; below Python 3.12 that ends the process (PYSIDE-3474)."""
    from PySide6.QtCore import QRectF

    rect = QRectF()
    before = sys.getrefcount(None)
    for _ in range(1000):
        rect.setLeft(0)
    assert abs(sys.getrefcount(None) - before) < 500
