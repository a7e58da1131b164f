from __future__ import annotations

from pathlib import Path

import pytest

from mt3_desktop.core.errors import NotWritable
from mt3_desktop.core.session import load_order, save_order


def test_an_order_is_read_as_it_was_kept(tmp_path: Path) -> None:
    save_order(tmp_path, ("b", "a"))
    save_order(tmp_path, ("c", "a", "b"))
    assert load_order(tmp_path) == ("c", "a", "b")


def test_no_order_and_rubbish_are_none(tmp_path: Path) -> None:
    assert load_order(tmp_path) == ()
    save_order(tmp_path, ("a",)).write_bytes(b"\xff\x00")
    assert load_order(tmp_path) == ()


def test_an_order_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotWritable):
        save_order(tmp_path / "none", ("a",))
