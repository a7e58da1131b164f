"""One resumable download: from one server into one growing file."""

from __future__ import annotations

import email.utils
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

import httpx
import truststore

from mt3_desktop.core.progress import CancelToken, Progress, Report, Stage, every
from mt3_desktop.core.store.disk import REPORT_SECONDS
from mt3_desktop.core.store.lfs import Address, LfsRefused
from mt3_desktop.core.store.partial import Partial

CONNECT_SECONDS = 6.0
SILENCE_SECONDS = 30.0  # some proxies scan the head of a file before they pass its first byte
MAX_REDIRECTS = 5
LONGEST_WAIT_SECONDS = 60.0

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_STATED_SHA256 = re.compile(r'(?:W/)?"?([0-9a-f]{64})"?')
_PASSING_STATUSES = frozenset({408, 425, 429})
_EXPIRED_STATUSES = frozenset({401, 403, 410})


class Fault(Enum):
    """Why a server did not give the file."""

    NO_CONNECTION = "no connection"
    UNTRUSTED = "certificate not trusted"
    REFUSED = "refused"
    BROKE_OFF = "connection broke off"
    LOST = "leads nowhere"
    WRONG_CONTENT = "damaged file"


class TransferError(Exception):
    """One server did not give the file.

    Attributes:
        fault: the kind of failure.
        reason: a few words for users: "503", "no connection".
        is_passing: whether asking the same server again may help.
        retry_after: seconds that the server wants us to wait.
    """

    def __init__(
        self, fault: Fault, reason: str = "", *, is_passing: bool = False, retry_after: float = 0.0
    ) -> None:
        super().__init__(reason or fault.value)
        self.fault = fault
        self.reason = reason or fault.value
        self.is_passing = is_passing
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and after how long, the same server is asked again without a byte in between.

    Attributes:
        waits: seconds before each further attempt.
    """

    waits: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)


def open_client(*, use_system_proxy: bool = True) -> httpx.Client:
    """A client that trusts what the system trusts and goes through the system's proxy.

    Args:
        use_system_proxy: whether `HTTPS_PROXY` and the proxy settings of Windows and macOS hold.
    """
    return httpx.Client(
        verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        trust_env=use_system_proxy,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTS,
        timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx.Limits(max_keepalive_connections=0),  # each request connects, so `cut_on_cancel` sees it
        headers={"User-Agent": "mt3-desktop", "Accept-Encoding": "identity"},
    )


@contextmanager
def cut_on_cancel(client: httpx.Client, cancel: CancelToken) -> Iterator[None]:
    """Within the block, cancelling cuts the client's connection, so a silent server delays no one.

    Raises:
        Cancelled: if the token was cancelled already.
    """
    wire = _Wire()
    client.event_hooks = {"request": [wire.watch]}
    with cancel.waking(wire.cut):
        yield


def fetch(
    client: httpx.Client,
    address: Callable[[], Address],
    part: Partial,
    *,
    size_bytes: int,
    label: str,
    report: Report,
    cancel: CancelToken,
    patience: Patience,
) -> str:
    """Fill `part` from one server: resume, and resume again when the connection breaks off.

    Args:
        client: from `open_client`.
        address: asked before each attempt, because addresses expire.
        part: what is here already; stays as far as it came if this fails.
        size_bytes: exact size of the whole file, or 0 where unknown.
        label: name of the server, for progress.
        report: gets `Stage.FETCH` in bytes.
        cancel: checked per block.
        patience: waits between attempts; starts anew whenever the part has grown.

    Returns:
        The sha256 that the server states for the file, or "" if it states none.

    Raises:
        TransferError: if the server does not give the file.
        Cancelled: after `cancel.cancel()`.
        OSError: if the part cannot be written.
    """
    report = every(REPORT_SECONDS, report)
    start = longest = part.size
    failures = 0
    while True:
        cancel.check()
        try:
            done = _attempt(
                client, address, part, size_bytes=size_bytes, label=label, report=report, cancel=cancel
            )
            if done.is_complete:
                return done.stated_sha256
            failure = TransferError(Fault.BROKE_OFF, is_passing=True)
        except TransferError as error:
            failure = error
        if part.size > longest:
            longest, failures = part.size, 0
        may_pass = failure.is_passing or (longest > start and _is_interruption(failure))
        if not may_pass or failures >= len(patience.waits):
            raise failure
        seconds = max(patience.waits[failures], failure.retry_after)
        failures += 1
        report(Progress(Stage.FETCH, part.size, size_bytes or None, "bytes", f"waiting for {label}"))
        cancel.wait(seconds)


@dataclass(frozen=True, slots=True)
class _Done:
    """How an attempt ended that no error ended."""

    is_complete: bool
    stated_sha256: str


def _attempt(
    client: httpx.Client,
    address: Callable[[], Address],
    part: Partial,
    *,
    size_bytes: int,
    label: str,
    report: Report,
    cancel: CancelToken,
) -> _Done:
    """Ask once and write what comes."""
    if size_bytes and part.size == size_bytes:
        return _Done(is_complete=True, stated_sha256="")
    with _translated(cancel):
        place = address()
        headers = dict(place.headers) | ({"Range": f"bytes={part.size}-"} if part.size else {})
        with client.stream("GET", place.url, headers=headers) as response:
            total = _accept(response, part, size_bytes)
            for block in response.iter_raw():  # as it arrives: a slow server must not hide a cancel
                cancel.check()
                if total is not None and part.size + len(block) > total:
                    raise TransferError(Fault.WRONG_CONTENT, "file of another size")
                part.append(block)
                report(Progress(Stage.FETCH, part.size, total, "bytes", label))
            return _Done(total is None or part.size == total, _stated_sha256(response))


def _accept(response: httpx.Response, part: Partial, size_bytes: int) -> int | None:
    """Look at the head of an answer and bring `part` to where its body starts.

    Returns:
        Size of the whole file, or None where nobody knows it.

    Raises:
        TransferError: if the answer is not the file, or not from where it was asked.
    """
    if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.clear()  # the part is longer than the server's file: it belongs to another one
        raise TransferError(Fault.BROKE_OFF, "refused to resume", is_passing=True)
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        start, total = _content_range(response)
        if start != part.size:
            part.clear()
            raise TransferError(Fault.BROKE_OFF, "resumed elsewhere", is_passing=True)
    elif response.status_code == httpx.codes.OK:
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
    else:
        raise _refusal(response)
    if size_bytes and total is not None and total != size_bytes:
        raise TransferError(Fault.WRONG_CONTENT, "file of another size")
    if response.status_code == httpx.codes.OK:
        part.clear()  # the server ignores Range: it starts from the beginning
    return size_bytes or total


def _content_range(response: httpx.Response) -> tuple[int, int | None]:
    """First byte and total size that a partial answer states; -1 where it states nothing readable."""
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if match is None:
        return -1, None
    return int(match[1]), None if match[2] == "*" else int(match[2])


def _refusal(response: httpx.Response) -> TransferError:
    """What an error status means."""
    status = response.status_code
    is_passing = status in _PASSING_STATUSES or status >= httpx.codes.INTERNAL_SERVER_ERROR
    return TransferError(
        Fault.REFUSED,
        str(status),
        is_passing=is_passing,
        retry_after=_retry_after(response) if is_passing else 0.0,
    )


def _is_interruption(failure: TransferError) -> bool:
    """Whether a failure that is final at first contact may pass once bytes have come from this server."""
    is_expired = failure.fault is Fault.REFUSED and int(failure.reason) in _EXPIRED_STATUSES
    return failure.fault is Fault.NO_CONNECTION or is_expired


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks us to wait, within reason; 0 where it does not say."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(float(text), LONGEST_WAIT_SECONDS)
    date = email.utils.parsedate_tz(text)
    if date is None:
        return 0.0
    return min(max(0.0, email.utils.mktime_tz(date) - time.time()), LONGEST_WAIT_SECONDS)


def _stated_sha256(response: httpx.Response) -> str:
    """The content hash that a server states: Hugging Face sends it with the redirect to the content."""
    for answer in (*response.history, response):
        match = _STATED_SHA256.fullmatch(answer.headers.get("X-Linked-Etag", "").strip())
        if match is not None:
            return match[1]
    return ""


@contextmanager
def _translated(cancel: CancelToken) -> Iterator[None]:
    """Turn the client's errors into ours; after a cancel every error is its consequence."""
    try:
        yield
    except LfsRefused as error:
        raise TransferError(Fault.LOST, str(error)) from error
    except httpx.HTTPStatusError as error:
        raise _refusal(error.response) from error
    except (httpx.TooManyRedirects, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise TransferError(Fault.LOST, "redirects in circles or nowhere") from error
    except httpx.TransportError as error:
        cancel.check()
        raise _transport_failure(error) from error


def _transport_failure(error: httpx.TransportError) -> TransferError:
    """What a connection that failed means."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TransferError(Fault.UNTRUSTED)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)):
        return TransferError(Fault.NO_CONNECTION)
    return TransferError(Fault.BROKE_OFF, is_passing=True)


class _Wire:
    """The connection that a client uses now."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_cut = False

    def watch(self, request: httpx.Request) -> None:
        """Learn of the sockets that a request opens."""
        request.extensions["trace"] = self._on_event

    def cut(self) -> None:
        """End the connection at once, from any thread: a read that waits returns."""
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):  # it may be closed already
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _on_event(self, event: str, details: Mapping[str, Any]) -> None:  # Any: httpcore's trace is untyped
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = details["return_value"].get_extra_info("socket")
            if self._is_cut:
                self.cut()
