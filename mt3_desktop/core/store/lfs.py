"""Git-LFS without git: ask a repository's server where the content with a certain hash lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from mt3_desktop.core.specs import LfsMirror

_MEDIA_TYPE = "application/vnd.git-lfs+json"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a file can be fetched from.

    Attributes:
        url: the address.
        headers: what the server wants sent along; may hold a short-lived permission, so never logged.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class LfsRefused(Exception):
    """The server knows no download for this content; the text says why."""


def ask(client: httpx.Client, mirror: LfsMirror, *, sha256: str, size_bytes: int) -> Address:
    """The present address of a content; it expires, so ask anew for each attempt.

    Args:
        client: for the request.
        mirror: the repository.
        sha256: hash of the content, which is its name there.
        size_bytes: its size, which the protocol wants stated.

    Raises:
        LfsRefused: if the server answers, but not with an address.
        httpx.HTTPStatusError: if it answers with an error status.
        httpx.TransportError: if it cannot be reached.

    Source: Git LFS Batch API, `docs/api/batch.md` of git-lfs.
    """
    response = client.post(
        f"{mirror.repository.rstrip('/')}.git/info/lfs/objects/batch",
        json={
            "operation": "download",
            "transfers": ["basic"],
            "hash_algo": "sha256",
            "objects": [{"oid": sha256, "size": size_bytes}],
        },
        headers={"Accept": _MEDIA_TYPE, "Content-Type": _MEDIA_TYPE},
    )
    response.raise_for_status()
    try:
        return _address(response.json())
    except (KeyError, IndexError, TypeError, AttributeError, ValueError, httpx.InvalidURL) as error:
        raise LfsRefused("its answer has no download address") from error


def _address(answer: object) -> Address:
    """Take the address out of a batch answer.

    Raises:
        LfsRefused: if the object carries an error.
        KeyError, IndexError, TypeError, AttributeError, ValueError, httpx.InvalidURL: if it has another form.
    """
    if not isinstance(answer, dict):
        raise TypeError(type(answer).__name__)
    found = answer["objects"][0]
    if "error" in found:
        raise LfsRefused(f"{found['error'].get('message', 'not found')} ({found['error'].get('code', '?')})")
    download = found["actions"]["download"]
    headers = {str(key): str(value) for key, value in download.get("header", {}).items()}
    return Address(str(httpx.URL(download["href"])), headers)
