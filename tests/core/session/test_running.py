from __future__ import annotations

import os
from pathlib import Path

from mt3_desktop.core.session import begin_run, end_run


def test_a_run_that_broke_off_is_known_by_its_mark(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    assert begin_run(folder) is None
    (mark,) = folder.iterdir()
    os.utime(mark, ns=(7_000_000_000, 7_000_000_000))

    assert begin_run(folder) == 7_000_000_000  # it did not end
    end_run(folder)
    assert begin_run(folder) is None


def test_an_end_without_a_beginning_is_none_the_worse(tmp_path: Path) -> None:
    end_run(tmp_path)
    assert not list(tmp_path.iterdir())
