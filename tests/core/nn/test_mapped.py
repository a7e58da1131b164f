"""Files of weights in memory: what has been read does not stay there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from mt3_desktop.core.nn.mapped import Renamed
from mt3_desktop.core.nn.weights import load_tensors

N_TENSORS, NUMBERS = 8, 2**20  # 4 MiB each


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.pth"
    torch.save({f"part{index}": torch.full((NUMBERS,), float(index)) for index in range(N_TENSORS)}, path)
    return path


def mapped_bytes() -> int:
    """Resident bytes of files that are mapped."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("RssFile"))


@pytest.mark.skipif(sys.platform != "linux", reason="the system tells resident pages of files on Linux only")
def test_pages_of_earlier_tensors_are_given_back(file: Path) -> None:
    tensors = load_tensors(file).tensors
    before, most = mapped_bytes(), 0
    for index, tensor in enumerate(tensors.values()):
        assert tensor.sum() == index * NUMBERS
        most = max(most, mapped_bytes() - before)
    assert most < 3 * 4 * NUMBERS  # one tensor and what the system reads ahead; all would be 8


def test_an_earlier_tensor_can_still_be_read(file: Path) -> None:
    tensors = load_tensors(file).tensors
    kept = tensors["part3"]
    assert kept.sum() == 3 * NUMBERS
    assert tensors["part4"].sum() == 4 * NUMBERS
    assert kept.sum() == 3 * NUMBERS


def test_tensors_outlive_what_they_were_looked_up_in(file: Path) -> None:
    kept = load_tensors(file).tensors["part5"]
    assert kept.sum() == 5 * NUMBERS


def test_new_names_leave_out_the_rest(file: Path) -> None:
    renamed = Renamed(load_tensors(file).tensors, {"a": "part1", "b": "part2"})
    assert {name: float(tensor[0]) for name, tensor in renamed.items()} == {"a": 1.0, "b": 2.0}
    assert "part1" not in renamed
    with pytest.raises(KeyError):
        renamed["part1"]


def test_a_name_that_leads_nowhere_fails_when_asked_for(file: Path) -> None:
    renamed = Renamed(load_tensors(file).tensors, {"a": "no such part"})
    assert len(renamed) == 1
    with pytest.raises(KeyError):
        renamed["a"]
