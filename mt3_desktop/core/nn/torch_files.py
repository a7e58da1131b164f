"""The zip files that `torch.save` writes, read without torch's unpickler.

The archive holds one pickle, `<prefix>/data.pkl`, which describes the tensors, and one uncompressed record
`<prefix>/data/<key>` per storage. Source: the PyTorch notes on serialization semantics.
"""

from __future__ import annotations

import math
import struct
import sys
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import torch

from mt3_desktop.core.nn.pickles import MAX_BYTES, Foreign, Name, Reference, read_pickle
from mt3_desktop.core.progress import CancelToken

_DTYPES: Mapping[str, torch.dtype] = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
_MAX_DIMENSIONS = 8
_BLOCK_BYTES = 2**22
_MAX_DIRECTORY_BYTES = 8 * 2**20  # central directory; a Lightning file of 1,900 records has 0.2 MB
_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature, lengths of name and extra field
_LOCAL_SIGNATURE = b"PK\x03\x04"


class BadTorchFile(ValueError):
    """The file is no torch archive, is cut short, or describes impossible tensors."""


class _Record(NamedTuple):
    """A file in the archive."""

    header: int  # offset of its local header
    size: int  # bytes
    crc: int  # as the archive states it


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Where a tensor lies in the file; nothing of it has been read.

    Attributes:
        dtype: type of its elements.
        shape: its dimensions.
        strides: elements from one item to the next, per dimension.
        offset: first byte of its storage in the file.
        size_bytes: length of its storage.
        first: its first element, counted from the start of the storage.
    """

    dtype: torch.dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    size_bytes: int
    first: int

    def view(self, content: torch.Tensor) -> torch.Tensor:
        """The tensor as a view of the file.

        Args:
            content: (file size,) uint8, the whole file.
        """
        raw = content[self.offset : self.offset + self.size_bytes]
        if self.offset % self.dtype.itemsize:
            raw = raw.clone()  # torch aligns its records, other programs need not
        storage = raw.view(self.dtype)
        return storage.as_strided(self.shape, self.strides, storage.storage_offset() + self.first)


class TorchFile:
    """A torch archive, open for looking up tensors.

    Attributes:
        root: what was saved: plain containers in which tensors are still `Foreign`.
    """

    def __init__(self, path: Path) -> None:
        """Read the directory and the pickle.

        Raises:
            BadTorchFile: if it is no torch archive, or is cut short or damaged.
            OSError: if it cannot be read.
        """
        with path.open("rb") as file:
            self._size = path.stat().st_size
            self._records = _read_directory(file)
            pickles = [name for name in self._records if name.split("/", 1)[-1] == "data.pkl"]
            if len(pickles) != 1:
                raise BadTorchFile(f"archive with {len(pickles)} data.pkl")
            self._prefix = pickles[0].removesuffix("data.pkl")
            self.root = read_pickle(self._read(file, "data.pkl", MAX_BYTES))
            if f"{self._prefix}byteorder" in self._records:
                order = self._read(file, "byteorder", 16).decode("ascii", "replace")
                if order != sys.byteorder:
                    raise BadTorchFile(f"numbers in {order}-endian order")
            self._offsets = {
                name: _data_offset(file, record.header) for name, record in self._records.items()
            }

    def damaged_record(self, path: Path, cancel: CancelToken) -> str:
        """The name of the first record whose content is not what it was when it was written, or "".

        A program may leave out the checksums: then none is right, and nothing can be said.

        Args:
            path: the same file; all of it is read.
            cancel: checked per block.

        Raises:
            BadTorchFile: if the records overlap: reading them could take for ever.
            Cancelled: after `cancel.cancel()`.
            OSError: if it cannot be read.
        """
        if sum(record.size for record in self._records.values()) > self._size:
            raise BadTorchFile("archive with overlapping records")
        wrong, has_checksums = "", False
        with path.open("rb") as file:
            for name, record in self._records.items():
                if record.size == 0:
                    continue
                file.seek(self._offsets[name])
                if _crc_of(file, record.size, cancel) == record.crc:
                    has_checksums = True
                else:
                    wrong = wrong or name
        return wrong if has_checksums else ""

    def _read(self, file: BinaryIO, name: str, limit: int) -> bytes:
        record = self._records[self._prefix + name]
        if record.size > limit:
            raise BadTorchFile(f"{name} of {record.size} bytes")
        file.seek(_data_offset(file, record.header))
        content = file.read(record.size)
        if len(content) < record.size:
            raise BadTorchFile(f"{name} is cut short")
        return content

    def tensor(self, value: object) -> TensorEntry | None:
        """The tensor that a value of the pickle describes, or None if it is something else.

        Raises:
            BadTorchFile: if it is a tensor, but an impossible one.
        """
        if not isinstance(value, Foreign) or not isinstance(value.arguments, tuple):
            return None
        if value.maker_name == "torch._utils._rebuild_parameter":
            return self.tensor(value.arguments[0]) if value.arguments else None
        if value.maker_name != "torch._utils._rebuild_tensor_v2":
            return None
        if len(value.arguments) < 4:
            raise BadTorchFile("tensor without a shape")
        storage, first, shape, strides = value.arguments[:4]
        dtype, offset, size_bytes = self._storage(storage)
        if not (_are_counts((first,)) and _are_counts(shape) and _are_counts(strides)):
            raise BadTorchFile("tensor with an impossible shape")
        if len(shape) != len(strides) or len(shape) > _MAX_DIMENSIONS:
            raise BadTorchFile("tensor with an impossible shape")
        elements = size_bytes // dtype.itemsize
        last = first + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
        if math.prod(shape) > elements or (math.prod(shape) > 0 and last >= elements):
            raise BadTorchFile(f"tensor of {math.prod(shape)} elements in a storage of {elements}")
        return TensorEntry(dtype, shape, strides, offset, size_bytes, first)

    def _storage(self, reference: object) -> tuple[torch.dtype, int, int]:
        """Type of elements, first byte in the file, and length in bytes of a storage."""
        key = reference.key if isinstance(reference, Reference) else None
        if not isinstance(key, tuple) or len(key) != 5 or key[0] != "storage":
            raise BadTorchFile("tensor without a storage")
        _, kind, record, _, elements = key
        dtype = _DTYPES.get(kind.name) if isinstance(kind, Name) and kind.module == "torch" else None
        if dtype is None:
            raise BadTorchFile("storage of an unknown type")
        name = f"{self._prefix}data/{record}" if isinstance(record, str) else ""
        if name not in self._records:
            raise BadTorchFile("storage without its record")
        size = self._records[name].size
        if not _are_counts((elements,)) or elements * dtype.itemsize != size:
            raise BadTorchFile(f"storage of {elements} elements in a record of {size} bytes")
        if self._offsets[name] + size > self._size:
            raise BadTorchFile("file is cut short")
        return dtype, self._offsets[name], size


def _are_counts(values: object) -> bool:
    return isinstance(values, tuple) and all(type(value) is int and 0 <= value < 2**62 for value in values)


class _Bounded:
    """A file that refuses to read much at once: `zipfile` reads a directory of whatever size is stated."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, count: int = -1) -> bytes:
        content = self._file.read(count if 0 <= count <= _MAX_DIRECTORY_BYTES else _MAX_DIRECTORY_BYTES + 1)
        if len(content) > _MAX_DIRECTORY_BYTES:
            raise BadTorchFile(f"archive with a directory of over {_MAX_DIRECTORY_BYTES} bytes")
        return content


def _read_directory(file: BinaryIO) -> dict[str, _Record]:
    """Every record by its name."""
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, struct.error, UnicodeDecodeError, NotImplementedError) as error:
        raise BadTorchFile(f"not a whole archive: {error}") from error
    for entry in entries:
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            raise BadTorchFile(f"record {entry.filename[:80]!r} is compressed")
        if not 0 <= entry.header_offset < 2**62:
            raise BadTorchFile(f"record {entry.filename[:80]!r} lies outside of the file")
    return {entry.filename: _Record(entry.header_offset, entry.file_size, entry.CRC) for entry in entries}


def _crc_of(file: BinaryIO, size: int, cancel: CancelToken) -> int:
    """CRC-32 of the next `size` bytes, or of what there is of them."""
    crc = 0
    while size > 0 and (block := file.read(min(size, _BLOCK_BYTES))):
        cancel.check()
        crc = zlib.crc32(block, crc)
        size -= len(block)
    return crc


def _data_offset(file: BinaryIO, header_offset: int) -> int:
    """First byte of a record's content, behind its local header."""
    file.seek(header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(_LOCAL_SIGNATURE):
        raise BadTorchFile("archive with a damaged record")
    _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    return header_offset + _LOCAL_HEADER.size + int(name_length) + int(extra_length)
