"""Models that a user brought: each a folder with the file of weights, its `config.json` and our entry.

<imported>/<sha256>/my-fine-tune.pth    the weights, under their own name: some authors say things there
<imported>/<sha256>/config.json         what lay beside them, if anything did
<imported>/<sha256>/model.json          the catalogue entry; written last, so it stands for a whole folder
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from mt3_desktop.core.specs import Abilities, Checkpoint, ModelSpec
from mt3_desktop.core.store.disk import write_json

WEIGHTS_SUFFIXES = frozenset({".pth", ".pt", ".ckpt", ".bin", ".safetensors"})
CONFIG_NAME = "config.json"
ENTRY_NAME = "model.json"
MAX_CONFIG_BYTES = 1 << 20
MAX_DEPTH = 4

log = logging.getLogger(__name__)


def imported_specs(folder: Path) -> tuple[ModelSpec, ...]:
    """The entries in a folder of imported models; an unreadable one is logged and left out."""
    specs = []
    for path in sorted(folder.glob(f"*/{ENTRY_NAME}")):
        try:
            specs.append(_spec_from(json.loads(path.read_text(encoding="utf-8")), sha256=path.parent.name))
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("the imported model %s is left out: %s", path.parent.name[:12], error)
    return tuple(specs)


def keep_entry(folder: Path, spec: ModelSpec, *, config: Path | None) -> None:
    """Write the entry of an imported model whose weights are in place already.

    Args:
        folder: of imported models.
        spec: the entry.
        config: the `config.json` that lay beside the weights, or None.

    Raises:
        OSError: if the folder cannot be written.
        ValueError: if the spec has no checkpoint.
    """
    if spec.checkpoint is None:
        raise ValueError(f"{spec.id} has no weights of its own")
    own_folder = folder / spec.checkpoint.sha256
    if config is not None:
        shutil.copyfile(config, own_folder / CONFIG_NAME)
    write_json(own_folder / ENTRY_NAME, _content_of(spec, spec.checkpoint))


def config_beside(weights: Path) -> Path | None:
    """The `config.json` beside a file of weights, if there is a plausible one."""
    config = weights.with_name(CONFIG_NAME)
    is_plausible = config.is_file() and config.stat().st_size <= MAX_CONFIG_BYTES
    return config if is_plausible else None


def weights_in(path: Path) -> tuple[Path, ...]:
    """The files of weights that a file or folder stands for, sorted; a file stands for itself."""
    if path.is_file():
        return (path,)
    return tuple(sorted(_walk(path, MAX_DEPTH)))


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """Files of weights below a folder; bounded, so that a disk's root is not read through."""
    for path in folder.iterdir():
        if path.is_file() and path.suffix.lower() in WEIGHTS_SUFFIXES:
            yield path
        elif depth and path.is_dir() and not path.is_symlink():
            yield from _walk(path, depth - 1)


def _content_of(spec: ModelSpec, checkpoint: Checkpoint) -> dict[str, object]:
    """The entry as it is written."""
    return {
        "id": spec.id,
        "family": spec.family,
        "title": spec.title,
        "summary": spec.summary,
        "checkpoint": {"filename": checkpoint.filename, "size_bytes": checkpoint.size_bytes},
        "sample_rate": spec.sample_rate,
        "segment_samples": spec.segment_samples,
        "abilities": asdict(spec.abilities),
        "licence": spec.licence,
        "is_stateful": spec.is_stateful,
        "options": dict(spec.options),
    }


def _spec_from(content: object, *, sha256: str) -> ModelSpec:
    """The entry that a file states.

    Raises:
        ValueError, TypeError, KeyError: if it states none.
    """
    if not isinstance(content, Mapping):
        raise TypeError("not an entry")
    checkpoint = content["checkpoint"]
    filename = _text(checkpoint["filename"])
    if Path(filename).name != filename:
        raise ValueError(f"{filename!r} is not the name of a file")
    abilities = content["abilities"]
    return ModelSpec(
        id=_text(content["id"]),
        family=_text(content["family"]),
        title=_text(content["title"]),
        summary=_text(content["summary"]),
        checkpoint=Checkpoint(sha256, int(checkpoint["size_bytes"]), filename, (), _text(content["licence"])),
        sample_rate=int(content["sample_rate"]),
        segment_samples=int(content["segment_samples"]),
        abilities=Abilities(**{str(name): bool(value) for name, value in abilities.items()}),
        licence=_text(content["licence"]),
        is_stateful=bool(content["is_stateful"]),
        options=MappingProxyType({_text(name): _option(value) for name, value in content["options"].items()}),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r} is not a text")
    return value


def _option(value: object) -> int | float | str:
    if not isinstance(value, int | float | str):
        raise TypeError(f"{value!r} is not an option's value")
    return value
