"""Tensors as views of a file in memory, of which only what was handed out last stays there.

Whoever builds a network copies each tensor into the order it computes in. Were the pages that have been read
to stay until the end, the weights would be in memory twice.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from mt3_desktop.core.nn.torch_files import TensorEntry


class MappedTensors(Mapping[str, Tensor]):
    """The tensors of a file by their names.

    Looking one up lets the system take back the pages of those looked up before. They stay valid: what is
    looked at again is read again.
    """

    def __init__(self, file: Path, entries: Mapping[str, TensorEntry]) -> None:
        """Map the file.

        Args:
            file: not empty.
            entries: where the tensors lie in it.

        Raises:
            OSError: if it can't be mapped.
        """
        self._entries = entries
        with file.open("rb") as opened:
            # A private copy that nobody writes to: torch warns of memory that it could not write to.
            self._mapping = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY)
        self._content = torch.frombuffer(self._mapping, dtype=torch.uint8)

    def __getitem__(self, name: str) -> Tensor:
        entry = self._entries[name]
        if hasattr(mmap, "MADV_DONTNEED"):  # not on Windows, which takes clean pages back on its own
            self._mapping.madvise(mmap.MADV_DONTNEED)
        return entry.view(self._content)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class Renamed(Mapping[str, Tensor]):
    """Some tensors of another mapping under other names; looked up only when they are asked for."""

    def __init__(self, tensors: Mapping[str, Tensor], names: Mapping[str, str]) -> None:
        """Rename.

        Args:
            tensors: by their old names.
            names: new name → old name.
        """
        self._tensors = tensors
        self._names = names

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[self._names[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
