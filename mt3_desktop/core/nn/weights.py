"""The one door through which weights come in.

Read are the zip archives of `torch.save`, with or without a Lightning wrapper, safetensors, and a folder with
one of them and a `config.json`. Nothing that a file contains is ever run (`pickles.py`), and the tensors are
views of the mapped file: optimizer states beside the weights cost no memory.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType

import safetensors
import torch

from mt3_desktop.core.errors import DamagedCheckpoint, ModelMissing
from mt3_desktop.core.model import CheckpointFacts
from mt3_desktop.core.nn.mapped import MappedTensors
from mt3_desktop.core.nn.pickles import BadPickle, plain
from mt3_desktop.core.nn.torch_files import BadTorchFile, TensorEntry, TorchFile
from mt3_desktop.core.progress import CancelToken

log = logging.getLogger(__name__)

SUFFIXES = (".pth", ".pt", ".ckpt", ".bin", ".safetensors")
CONFIG_NAME = "config.json"
_MAX_CONFIG_BYTES = 2**20
_MAX_TENSORS = 20_000
_ZIP_START, _PICKLE_START = b"PK\x03\x04", b"\x80"


@dataclass(frozen=True, slots=True, eq=False)
class LoadedTensors:
    """What a file of weights holds.

    Attributes:
        tensors: name → tensor, "state_dict" unwrapped, prefixes kept. They are views of the file: never
            write into them, and look them up when they are needed (`MappedTensors`).
        config: hyper-parameters in the file, and what a `config.json` beside it states; plain values only.
    """

    tensors: Mapping[str, torch.Tensor]
    config: Mapping[str, object]


def load_tensors(path: Path) -> LoadedTensors:
    """Open a file of weights without running anything in it.

    Args:
        path: the file, or a folder that holds one file of weights.

    Raises:
        ModelMissing: if there is no such file.
        DamagedCheckpoint: if it is cut short, no file of weights, or describes impossible tensors.
    """
    file = _weights_file(path)
    with _translated(file):
        if _is_torch_file(file):
            archive, entries = _open_torch_file(file)
            tensors: Mapping[str, torch.Tensor] = MappedTensors(file, entries)
            config = _hyper_parameters(archive)
        else:
            with safetensors.safe_open(file, framework="pt") as opened:
                views = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
                tensors = MappingProxyType(views)
                config = dict(opened.metadata() or {})
        config = _config_beside(file) | config
    log.debug("opened %d tensors, %d bytes", len(tensors), file.stat().st_size)
    return LoadedTensors(tensors, MappingProxyType(config))


def read_facts(path: Path) -> CheckpointFacts:
    """Names, shapes and settings of a file of weights; the weights themselves are not read.

    Args:
        path: the file, or a folder that holds one file of weights.

    Raises:
        ModelMissing: if there is no such file.
        DamagedCheckpoint: as `load_tensors`.
    """
    file = _weights_file(path)
    with _translated(file):
        if _is_torch_file(file):
            archive, entries = _open_torch_file(file)
            shapes = {name: entry.shape for name, entry in entries.items()}
            config = _hyper_parameters(archive)
        else:
            with safetensors.safe_open(file, framework="pt") as opened:
                shapes = {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()}  # noqa: SIM118
                config = dict(opened.metadata() or {})
        config = _config_beside(file) | config
    return CheckpointFacts(
        shapes=MappingProxyType(shapes),
        config=MappingProxyType(config),
        filename=file.name,
        size_bytes=file.stat().st_size,
    )


def check_intact(path: Path, cancel: CancelToken | None = None) -> None:
    """See that a file is as it was written, by the checksums of its zip; safetensors have none.

    What the store fetched is compared with a published hash instead. Measured on a busy core: 0.4 s for
    194 MB in the page cache.

    Args:
        path: the file, or a folder that holds one file of weights.
        cancel: checked per block.

    Raises:
        ModelMissing: if there is no such file.
        DamagedCheckpoint: if a part of it has changed, or it is no file of weights.
        Cancelled: after `cancel.cancel()`.
    """
    file = _weights_file(path)
    damaged = ""
    with _translated(file):
        if _is_torch_file(file):
            damaged = TorchFile(file).damaged_record(file, cancel or CancelToken())
    if damaged:
        raise DamagedCheckpoint(
            f'"{file.name}" is damaged: a part of it is not what was saved.',
            hint="Copy or download it again.",
            detail=f"the checksum of {damaged} differs",
        )


def check_layout(
    tensors: Mapping[str, torch.Tensor],
    expected: Mapping[str, tuple[int, ...]],
    *,
    ignored: Collection[str] = (),
) -> None:
    """See that the tensors are exactly the expected ones.

    Args:
        tensors: what was loaded.
        expected: name → shape of all that is needed.
        ignored: patterns of names that may be there without a use, as `pitchshift.*`.

    Raises:
        DamagedCheckpoint: naming the first tensor that is missing, too many, or of another shape.
    """
    for name, shape in expected.items():
        if name not in tensors:
            raise other_layout(f"{name} is missing")
        if tuple(tensors[name].shape) != tuple(shape):
            raise other_layout(f"{name} has the shape {tuple(tensors[name].shape)}, not {tuple(shape)}")
    for name in tensors:
        if name not in expected and not any(fnmatchcase(name, pattern) for pattern in ignored):
            raise other_layout(f"{name} is not a part of this model")


def check_finite(tensors: Mapping[str, torch.Tensor]) -> None:
    """See that no weight is NaN or infinite.

    Raises:
        DamagedCheckpoint: naming the first tensor that has such a weight.
    """
    for name, tensor in tensors.items():
        # The sum tells in one pass without a copy. It may overflow on its own: a bad one is looked at again.
        if tensor.is_floating_point() and not tensor.sum().isfinite() and not tensor.isfinite().all():
            raise DamagedCheckpoint(
                "The model's weights are not numbers.",
                hint="The file is damaged: remove it and get it again.",
                detail=f"{name} has weights that are NaN or infinite",
            )


def other_layout(detail: str) -> DamagedCheckpoint:
    """The error for a readable file whose tensors or settings differ from the model's."""
    return DamagedCheckpoint(
        "The weights don't fit this model.",
        hint="The file is of another model or version.",
        detail=detail,
    )


def _weights_file(path: Path) -> Path:
    """The file itself, or the only file of weights in a folder."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise ModelMissing(
            f'Can\'t find the weights "{path.name}".', hint="They may have been moved or renamed."
        )
    with _translated(path):
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    if len(files) == 1:
        return files[0]
    if not files:
        raise DamagedCheckpoint(f'The folder "{path.name}" contains no weights.', hint="Choose another one.")
    raise DamagedCheckpoint(
        f'The folder "{path.name}" contains {len(files)} files of weights.',
        hint="Choose one of the files.",
        detail=", ".join(file.name for file in files[:10]),
    )


def _is_torch_file(file: Path) -> bool:
    """Whether it is a torch archive; if not, it must be safetensors."""
    with file.open("rb") as opened:
        start = opened.read(9)
    if start.startswith(_PICKLE_START):
        raise DamagedCheckpoint(
            f'"{file.name}" is in the format of PyTorch before 1.6, which can\'t be read safely.',
            hint="Load it with PyTorch and save it again.",
        )
    is_archive = start.startswith(_ZIP_START)
    if not is_archive and start[8:] != b"{":  # safetensors: 8 bytes of length, then JSON
        raise BadTorchFile(f"file that starts with {start!r}")
    return is_archive


def _open_torch_file(file: Path) -> tuple[TorchFile, dict[str, TensorEntry]]:
    archive = TorchFile(file)
    root = archive.root
    named = root.get("state_dict", root) if isinstance(root, dict) else None
    if not isinstance(named, dict):
        raise BadTorchFile("archive without named tensors")
    if len(named) > _MAX_TENSORS:
        raise BadTorchFile(f"archive with {len(named)} tensors")
    entries: dict[str, TensorEntry] = {}
    for name, value in named.items():
        entry = archive.tensor(value)
        if entry is not None and isinstance(name, str):
            entries[name] = entry
    if not entries:
        raise BadTorchFile("archive without named tensors")
    return archive, entries


def _hyper_parameters(archive: TorchFile) -> dict[str, object]:
    root = archive.root
    found = plain(root.get("hyper_parameters")) if isinstance(root, dict) else None
    return found if isinstance(found, dict) else {}


def _config_beside(file: Path) -> dict[str, object]:
    """What the `config.json` in the same folder states; nothing if there is none."""
    path = file.with_name(CONFIG_NAME)
    if not path.is_file():
        return {}
    if path.stat().st_size > _MAX_CONFIG_BYTES:
        raise BadTorchFile(f"{CONFIG_NAME} of {path.stat().st_size} bytes")
    try:
        config = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadTorchFile(f"{CONFIG_NAME} is not JSON: {error}") from error
    if not isinstance(config, dict):
        raise BadTorchFile(f"{CONFIG_NAME} holds no settings")
    return config


@contextmanager
def _translated(file: Path) -> Iterator[None]:
    """Turn what reading a file raises into `DamagedCheckpoint`."""
    try:
        yield
    except (BadPickle, BadTorchFile, safetensors.SafetensorError, OSError) as error:
        raise DamagedCheckpoint(
            f'"{file.name}" can\'t be read as weights of a model.',
            hint="It is cut short, damaged, or something else: get it again.",
            detail=f"{type(error).__name__}: {error}",
        ) from error
