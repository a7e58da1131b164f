"""Every kind of model that is installed: ours, one file each, and those of other packages.

A family of ours is a file in this folder that ends with `FAMILY = ModelFamily(...)`. Another package brings
one by an entry point of the group `mt3_desktop.families` that names such an object. Nobody keeps a list.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import logging
import pkgutil
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points

from mt3_desktop.core.errors import UnknownModel
from mt3_desktop.core.model import ModelFamily
from mt3_desktop.core.specs import ModelSpec

log = logging.getLogger(__name__)

ENTRY_POINT_GROUP = "mt3_desktop.families"


@functools.cache
def families() -> tuple[ModelFamily, ...]:
    """Every family, found once per process: built-in models first, then by name, then other packages'.

    Raises:
        TypeError: if a file of this folder brings no `FAMILY`.
    """
    return discover()


def specs() -> tuple[ModelSpec, ...]:
    """The catalogue: every model of every family, the built-in ones first."""
    return tuple(spec for family in families() for spec in family.specs)


def spec(model_id: str) -> ModelSpec:
    """The catalogue entry of a model.

    Raises:
        UnknownModel: if no family has it; the hint names similar ids, or all.
    """
    known = {entry.id: entry for entry in specs()}
    if model_id in known:
        return known[model_id]
    similar = _similar(model_id.lower(), known)
    hint = f"Did you mean {' or '.join(similar)}?" if similar else f"There are: {', '.join(known)}."
    raise UnknownModel(f'There is no model "{model_id}".', hint=hint)


def _similar(name: str, known: Mapping[str, ModelSpec]) -> list[str]:
    """Ids that may be meant: the model of this very title, else at most two that are spelt alike."""
    titled = [entry.id for entry in known.values() if entry.title.lower() == name]
    return titled or difflib.get_close_matches(name, known, n=2, cutoff=0.5)


def family_of(entry: ModelSpec) -> ModelFamily:
    """The family that builds a model.

    Raises:
        UnknownModel: if the package that brought the family is gone.
    """
    for family in families():
        if family.name == entry.family:
            return family
    raise UnknownModel(
        f"{entry.title} can't be loaded.",
        hint=f'No installed package brings models of the kind "{entry.family}".',
    )


def discover() -> tuple[ModelFamily, ...]:
    """Look for families now, without the memory of `families`.

    A name or a model id that is taken already is a mistake of the package that came later: it is left out
    with a warning, as is a package whose entry point fails.
    """
    ours = sorted(_own_families(), key=lambda family: (not _is_built_in(family), family.name))
    found = list(ours)
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
        family = _load(point)
        if family is None:
            continue
        taken = _collision(family, found)
        if taken:
            log.warning("family %s of %s is left out: %s is taken", family.name, point.value, taken)
        else:
            found.append(family)
    return tuple(found)


def _own_families() -> Iterator[ModelFamily]:
    """The families of this folder; works in a frozen program too, whose importer pkgutil asks."""
    for module in pkgutil.iter_modules(__path__):
        name = f"{__name__}.{module.name}"
        family = getattr(importlib.import_module(name), "FAMILY", None)
        if not isinstance(family, ModelFamily):
            raise TypeError(f"{name} does not end with FAMILY = ModelFamily(...)")
        yield family


def _load(point: EntryPoint) -> ModelFamily | None:
    """The family of another package, or None (and a warning) if it is broken."""
    try:
        family = point.load()
    except Exception as error:  # noqa: BLE001 - a stranger's code: whatever it does, ours goes on
        log.warning("family %s (%s) can't be loaded: %r", point.name, point.value, error)
        return None
    if not isinstance(family, ModelFamily):
        log.warning("family %s (%s) is not a ModelFamily", point.name, point.value)
        return None
    return family


def _collision(family: ModelFamily, found: list[ModelFamily]) -> str:
    """The name or model id of `family` that is taken, or ""."""
    names = {other.name for other in found}
    ids = {entry.id for other in found for entry in other.specs}
    clashes = [family.name] if family.name in names else []
    clashes += [entry.id for entry in family.specs if entry.id in ids]
    return clashes[0] if clashes else ""


def _is_built_in(family: ModelFamily) -> bool:
    return any(entry.is_built_in for entry in family.specs)
