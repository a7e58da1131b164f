"""The compute device: which one, with how many threads, and what "out of memory" looks like.

Nothing here is kept: callers pass the device on.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mt3_desktop.core.errors import DeviceUnavailable, OutOfGraphicsMemory, OutOfMemory

log = logging.getLogger(__name__)

DEVICES = ("auto", "cpu", "cuda", "mps")
MAX_THREADS = 8
TEST_SIZE = 512
"""Rows of the matrices of the self-test."""
_CPU_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "bad_alloc", "Cannot allocate memory")


def pick_device(name: str = "auto") -> torch.device:
    """The device to compute on.

    Args:
        name: one of `DEVICES`, or with an index, as "cuda:1". "auto" is an NVIDIA card if there is one, else
            the processor; an Apple GPU must be asked for, because a decoding step of these small networks
            costs it more in launches than it saves.

    Raises:
        DeviceUnavailable: if it is not on this machine, or no device has this name.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind = name.partition(":")[0]
    if kind not in DEVICES:
        raise DeviceUnavailable(
            f'There is no compute device "{name}".', hint=f"Choose one of {', '.join(DEVICES)}."
        )
    if not _is_available(name, kind):
        title = {"cuda": "NVIDIA graphics card", "mps": "Apple GPU"}.get(kind, "device")
        raise DeviceUnavailable(
            f"No usable {title} was found on this computer.",
            hint="Choose the processor (cpu) or auto.",
            detail=f"torch {torch.__version__} reports {name} as not available",
        )
    return torch.device(name)


def _is_available(name: str, kind: str) -> bool:
    if kind == "cuda":
        index = name.partition(":")[2]
        return (
            torch.cuda.is_available()
            and (not index or index.isdecimal())
            and (int(index or 0) < torch.cuda.device_count())
        )
    if kind == "mps":
        return torch.backends.mps.is_available()
    return name == "cpu"


def device_titles() -> dict[str, str]:
    """The devices that work here, the processor first: names for `pick_device` → what their makers say."""
    titles = {"cpu": ""}
    if torch.cuda.is_available():
        titles["cuda"] = torch.cuda.get_device_name()
    if torch.backends.mps.is_available():
        titles["mps"] = ""
    return titles


def try_device(name: str) -> float:
    """Let a device multiply two matrices, and compare with the processor.

    Args:
        name: one of `DEVICES` but "auto".

    Returns:
        Seconds that it took.

    Raises:
        DeviceUnavailable: with the reason, if it cannot be used.
    """
    if not _is_available(name, name):
        raise DeviceUnavailable(_why_not(name))
    left, right = torch.rand(2, TEST_SIZE, TEST_SIZE, generator=torch.Generator().manual_seed(0))
    try:
        left_there, right_there = left.to(name), right.to(name)
        (left_there @ right_there).cpu()  # the first time also loads the device's library
        start = time.perf_counter()
        product = (left_there @ right_there).cpu()
        took = time.perf_counter() - start
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise DeviceUnavailable(f"It is there, but fails: {reason}.", detail=str(error)) from error
    if not torch.allclose(product, left @ right, rtol=1e-2):
        raise DeviceUnavailable("It is there, but computes wrongly.")
    return took


def _why_not(name: str) -> str:
    """Why a device cannot be used, as far as torch tells."""
    if name == "cuda" and torch.version.cuda is None:
        return f"This installation has PyTorch {torch.__version__}, which is made without CUDA."
    if name == "cuda":
        return f"PyTorch {torch.__version__} finds no NVIDIA card that can run CUDA {torch.version.cuda}."
    if name == "mps" and not torch.backends.mps.is_built():
        return "Apple's GPUs are for Macs."
    return "It needs a Mac with Apple silicon and macOS 12.3 or later."


def configure_threads(count: int | None = None) -> int:
    """Set how many threads a tensor operation may use, in the whole process.

    Args:
        count: threads. None takes half of the logical cores, at most `MAX_THREADS`: that is every physical
            core where two logical ones share it, and elsewhere it leaves cores to the window, the sound and
            the user's other programs. On two busy cores two threads were measured 2 to 20 times slower than
            one, because each small operation waits for the slower of them. A user's OMP_NUM_THREADS holds.

    Returns:
        The number set.
    """
    if count is None:
        own = os.environ.get("OMP_NUM_THREADS", "")
        count = int(own) if own.isdecimal() else min(MAX_THREADS, _logical_cores() // 2)
    threads = max(1, count)
    torch.set_num_threads(threads)
    log.debug("%d threads for tensor operations", threads)
    return threads


def _logical_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def out_of_memory_translated(device: torch.device) -> Iterator[None]:
    """Turn the ways in which torch says "out of memory" into `OutOfMemory`.

    Raises:
        OutOfMemory: instead of torch's error; anything else passes unchanged.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _out_of_memory(device, error) from error
    except MemoryError as error:
        raise _out_of_memory(device, error) from error
    except RuntimeError as error:
        text = str(error)
        if "out of memory" in text or any(words in text for words in _CPU_OUT_OF_MEMORY):
            raise _out_of_memory(device, error) from error
        raise


def _out_of_memory(device: torch.device, error: BaseException) -> OutOfMemory:
    if device.type == "cpu":
        return OutOfMemory(
            "The computer ran out of memory.", hint="Close other programs and try again.", detail=str(error)
        )
    return OutOfGraphicsMemory(
        "The graphics card ran out of memory.",
        hint="Close other programs that use it, or choose the processor (cpu).",
        detail=str(error),
    )
