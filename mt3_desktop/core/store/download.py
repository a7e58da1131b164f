"""A checkpoint from any of its mirrors: the first that gives the right bytes; else a sentence about all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import httpx

from mt3_desktop.core.errors import ChecksumMismatch, DownloadFailed, Offline, UntrustedConnection
from mt3_desktop.core.progress import CancelToken, Report
from mt3_desktop.core.specs import Checkpoint, HttpMirror, LfsMirror, Mirror
from mt3_desktop.core.store import lfs
from mt3_desktop.core.store.lfs import Address, LfsRefused
from mt3_desktop.core.store.partial import Partial
from mt3_desktop.core.store.transfer import Fault, Patience, TransferError, fetch

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one mirror did not give the file.

    Attributes:
        label: name of the server.
        error: what happened.
    """

    label: str
    error: TransferError


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted.

    Attributes:
        checkpoint: the catalogue's entry.
        sha256: the hash that must come out; "" where any complete file is accepted and its hash recorded.
        title: name of the model, for messages.
    """

    checkpoint: Checkpoint
    sha256: str
    title: str


def fetch_from_mirrors(
    client: httpx.Client,
    order: Order,
    part: Partial,
    *,
    report: Report,
    cancel: CancelToken,
    patience: Patience,
) -> None:
    """Fill `part` with the whole, verified file.

    Raises:
        Offline: if no server could be reached.
        UntrustedConnection: if no server could be trusted.
        ChecksumMismatch: if servers answered, but with other bytes.
        DownloadFailed: for all other and mixed failures; `detail` lists each server.
        Cancelled: after `cancel.cancel()`; the part stays.
        OSError: if the part cannot be written; it stays as far as it came.
    """
    failures: list[Failure] = []
    for mirror in order.checkpoint.mirrors:
        try:
            _fetch_verified(
                partial(
                    fetch, client, _address_of(client, mirror, order), part,
                    size_bytes=order.checkpoint.size_bytes, label=mirror.label,
                    report=report, cancel=cancel, patience=patience,
                ),
                part,
                _wanted_hash(mirror, order),
            )  # fmt: skip
        except TransferError as error:
            log.info("%s from %s: %s", order.checkpoint.filename, mirror.label, error)
            failures.append(Failure(mirror.label, error))
        else:
            return
    raise explain(failures, order, part.size)


def explain(failures: Sequence[Failure], order: Order, kept_bytes: int) -> DownloadFailed:
    """One error for the failures of all mirrors, in the words users read."""
    detail = "\n".join(f"{failure.label}: {failure.error.reason}" for failure in failures)
    faults = {failure.error.fault for failure in failures}
    total = order.checkpoint.size_bytes
    kept = f"{100 * kept_bytes // total} %" if total and kept_bytes else ""
    if not failures:
        return DownloadFailed(f"{order.title} has no download site.", hint="Import its file instead.")
    if faults == {Fault.NO_CONNECTION}:
        continues = f"; {kept} is kept and will continue later" if kept else ""
        return Offline(
            "No internet connection.",
            hint=f"{order.title} can't be downloaded now{continues}. Ready models work offline.",
            detail=detail,
        )
    if faults == {Fault.UNTRUSTED}:
        return UntrustedConnection(
            "The connection can't be trusted.",
            hint="A network filter may be replacing certificates. Nothing was downloaded.",
            detail=detail,
        )
    if faults == {Fault.WRONG_CONTENT}:
        return ChecksumMismatch(
            f"The download of {order.title} is damaged.",
            hint="What arrived isn't the published file, so it won't be used. "
            "This is usually a connection problem.",
            detail=detail,
        )
    reasons = ", ".join(dict.fromkeys(failure.error.reason for failure in failures))
    sites = "download site" if len(failures) == 1 else "download sites"
    return DownloadFailed(
        f"The {sites} didn't answer ({reasons}).",
        hint=f"{kept} of {order.title} is kept." if kept else f"Nothing of {order.title} was downloaded.",
        detail=detail,
    )


def _fetch_verified(fetch_once: Callable[[], str], part: Partial, sha256: str) -> None:
    """Fetch and compare the hash; wrong bytes are discarded.

    A part that was begun earlier may hold another server's damage; so one wrong hash is not held against
    this server until it gave the whole file.

    Raises:
        TransferError: if the file does not come, or is another one.
    """
    for was_begun in (part.size > 0, False):
        stated = fetch_once()
        wanted = sha256 or stated
        if not wanted or part.sha256 == wanted:
            return
        part.clear()
        if not was_begun:
            break
    raise TransferError(Fault.WRONG_CONTENT)


def _wanted_hash(mirror: Mirror, order: Order) -> str:
    """The hash that this mirror must give; Git-LFS is asked by hash, so there an inferred one counts."""
    return order.sha256 or (order.checkpoint.sha256 if isinstance(mirror, LfsMirror) else "")


def _address_of(client: httpx.Client, mirror: Mirror, order: Order) -> Callable[[], Address]:
    """Where a mirror keeps the file now."""

    def address() -> Address:
        if isinstance(mirror, HttpMirror):
            return Address(mirror.url)
        sha256 = _wanted_hash(mirror, order)
        if not sha256:
            raise LfsRefused("asked by hash, which is unknown")
        return lfs.ask(client, mirror, sha256=sha256, size_bytes=order.checkpoint.size_bytes)

    return address
