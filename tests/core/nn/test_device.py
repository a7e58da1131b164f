"""Devices, threads, and the ways to run out of memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch

from mt3_desktop.core.devices import try_devices
from mt3_desktop.core.errors import DeviceUnavailable, OutOfMemory
from mt3_desktop.core.nn import device

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def threads_kept() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_auto_takes_what_there_is() -> None:
    wanted = "cuda" if torch.cuda.is_available() else "cpu"
    assert device.pick_device().type == wanted


@pytest.mark.parametrize("name", ["gpu", "", "cpu:0", "cuda:x", "cuda:99", "tpu:0"])
def test_a_device_that_is_not_there_is_said_in_a_sentence(name: str) -> None:
    with pytest.raises(DeviceUnavailable) as caught:
        device.pick_device(name)
    assert caught.value.message.endswith(".")
    assert "cpu" in caught.value.hint


@pytest.mark.parametrize(
    ("cores", "own", "threads"), [(1, "", 1), (2, "", 1), (8, "", 4), (64, "", 8), (8, "3", 3), (8, "0", 1)]
)
def test_threads_leave_cores_to_the_rest(
    monkeypatch: pytest.MonkeyPatch, cores: int, own: str, threads: int
) -> None:
    monkeypatch.setattr(device, "_logical_cores", lambda: cores)
    monkeypatch.setenv("OMP_NUM_THREADS", own)
    assert device.configure_threads() == threads
    assert torch.get_num_threads() == threads


def test_idle_threads_sleep_because_the_variable_is_set_before_torch() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    code = (
        "import sys; import mt3_desktop.core.nn, os; assert 'torch' not in sys.modules; "
        "print(os.environ['OMP_WAIT_POLICY'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "passive"


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError("MPS backend out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes"),
    ],
)
def test_running_out_of_memory_has_one_name(error: Exception) -> None:
    with pytest.raises(OutOfMemory) as caught, device.out_of_memory_translated(CPU):
        raise error
    assert caught.value.__cause__ is error


def test_a_real_allocation_that_is_too_large() -> None:
    with pytest.raises(OutOfMemory), device.out_of_memory_translated(CPU):
        torch.empty(10**15)


def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="shapes"), device.out_of_memory_translated(CPU):
        raise RuntimeError("shapes differ")


def test_every_device_that_is_offered_can_be_picked() -> None:
    titles = device.device_titles()

    assert next(iter(titles)) == "cpu"
    assert [device.pick_device(name).type for name in titles] == list(titles)


def test_a_device_is_tried_or_says_why_not() -> None:
    reports = {report.name: report for report in try_devices()}

    assert reports["cpu"].milliseconds is not None
    assert reports["cpu"].milliseconds > 0
    for report in reports.values():
        assert (report.milliseconds is None) is bool(report.problem)
