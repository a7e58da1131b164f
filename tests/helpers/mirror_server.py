"""A download server on 127.0.0.1 that fails as it is told: the faults of real ones, on demand.

Each GET of a file takes the next fault of the script; when the script is used up, the server is healthy.
`self_signed.pem` is a key and certificate for 127.0.0.1 that no system trusts; it protects nothing.
"""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

CERTIFICATE = Path(__file__).parent / "self_signed.pem"
PERMIT = "let-me-in"
STALL_SECONDS = 30.0


@dataclass(frozen=True)
class CutAfter:
    """Closes the connection after so many bytes of the body."""

    n_bytes: int


@dataclass(frozen=True)
class Stall:
    """Sends so many bytes, then nothing until `MirrorServer.release`."""

    n_bytes: int


@dataclass(frozen=True)
class Drip:
    """Sends the whole file in blocks of so many bytes, each in a packet of its own."""

    n_bytes: int


@dataclass(frozen=True)
class WrongBytes:
    """Sends a file of the right size whose first byte differs."""


@dataclass(frozen=True)
class OtherFile:
    """Sends another file, such as the sign-in page of a hotel."""

    content: bytes = b"<html>Please sign in</html>"


@dataclass(frozen=True)
class Endless:
    """Sends more than the file, without stating a length."""


@dataclass(frozen=True)
class Status:
    """Answers with an error status."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RedirectLoop:
    """Redirects to itself."""


@dataclass(frozen=True)
class RedirectTo:
    """Redirects once, stating the content's hash as Hugging Face does."""

    url: str
    stated_sha256: str = ""


@dataclass(frozen=True)
class IgnoreRange:
    """Answers a range request with the whole file; may close the connection after so many bytes."""

    cut_after: int | None = None


@dataclass(frozen=True)
class WrongRange:
    """Answers a range request with 206 from another place than was asked for."""


@dataclass(frozen=True)
class LfsError:
    """Answers a Git-LFS batch request with an error for the object."""

    code: int = 404


@dataclass(frozen=True)
class Garbage:
    """Answers a Git-LFS batch request with something else."""

    content: bytes = b"[]"


Fault = (
    CutAfter | Stall | Drip | WrongBytes | OtherFile | Endless | Status | RedirectLoop | RedirectTo
    | IgnoreRange | WrongRange | LfsError | Garbage
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    range: str = ""


class MirrorServer:
    """The server; used as a context. Serves `content` under any path.

    Attributes:
        content: the file.
        requests: what was asked so far.
    """

    def __init__(self, content: bytes, *, tls: bool = False) -> None:
        self.content = content
        self.requests: list[Request] = []
        self._script: deque[Fault] = deque()
        self._repeat: Fault | None = None
        self._released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.mirror = self
        self._scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="mirror"
        )

    def __enter__(self) -> MirrorServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """Address of the file."""
        return f"{self.origin}/mt3.pth"

    @property
    def gets(self) -> list[Request]:
        """The requests for the file."""
        return [request for request in self.requests if request.method == "GET"]

    def script(self, *faults: Fault) -> None:
        """The faults of the next requests."""
        self._script.extend(faults)

    def always(self, fault: Fault) -> None:
        """The fault of all requests once the script is used up."""
        self._repeat = fault

    def release(self) -> None:
        """Let stalled answers go on."""
        self._released.set()

    def next_fault(self) -> Fault | None:
        """Take the next fault."""
        return self._script.popleft() if self._script else self._repeat

    def wait_for_release(self) -> None:
        """Wait until `release`."""
        self._released.wait(STALL_SECONDS)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    mirror: MirrorServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, or does not trust us, is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # noqa: PLR0912 - one branch per fault
        mirror = self.server.mirror
        asked = self.headers.get("Range", "")
        mirror.requests.append(Request("GET", urlsplit(self.path).path, asked))
        fault = mirror.next_fault()
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if self.path.startswith("/lfs/") and self.headers.get("X-Permit") != PERMIT:
            fault = Status(403)
        match fault:
            case Status(code, headers):
                self._send(code, b"refused", headers)
            case RedirectLoop():
                self._send(302, b"", {"Location": self.path})
            case RedirectTo(url, stated):
                self._send(302, b"", {"Location": url, "X-Linked-Etag": f'"{stated}"'})
            case OtherFile(content):
                self._send(200, content)
            case WrongBytes():
                self._send_from(bytes([mirror.content[0] ^ 1]) + mirror.content[1:], start)
            case Endless():
                self._head(200, {"Connection": "close"})
                self._write(mirror.content + b"and more")
                self.close_connection = True
            case IgnoreRange(cut_after):
                self._send(200, mirror.content, cut_after=cut_after)
            case WrongRange():
                self._send_from(mirror.content, 0)
            case CutAfter(n_bytes):
                self._send_from(mirror.content, start, cut_after=n_bytes)
            case Stall(n_bytes):
                self._send_in(mirror.content, start, (n_bytes, len(mirror.content)), is_stalling=True)
            case Drip(n_bytes):
                self._send_in(mirror.content, start, range(n_bytes, len(mirror.content) + n_bytes, n_bytes))
            case _:
                self._send_from(mirror.content, start)

    def do_POST(self) -> None:
        mirror = self.server.mirror
        mirror.requests.append(Request("POST", self.path))
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["objects"][0]
        match mirror.next_fault():
            case Status(code, headers):
                self._send(code, b"refused", headers)
            case Garbage(content):
                self._send(200, content)
            case LfsError(code):
                self._answer_lfs({**asked, "error": {"code": code, "message": "Object does not exist"}})
            case _ if asked["oid"] != hashlib.sha256(mirror.content).hexdigest():
                self._answer_lfs({**asked, "error": {"code": 404, "message": "Object does not exist"}})
            case _:
                place = {"href": f"{mirror.origin}/lfs/{asked['oid']}", "header": {"X-Permit": PERMIT}}
                self._answer_lfs({**asked, "actions": {"download": place}})

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def _answer_lfs(self, found: Mapping[str, object]) -> None:
        body = json.dumps({"transfer": "basic", "objects": [found]}).encode()
        self._send(200, body, {"Content-Type": "application/vnd.git-lfs+json"})

    def _send_from(self, content: bytes, start: int, *, cut_after: int | None = None) -> None:
        """The file from `start`, as 206 if it was asked for so."""
        if start >= len(content):
            self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        status, headers = self._range_head(content, start)
        self._send(status, content[start:], headers, cut_after=cut_after)

    def _send_in(self, content: bytes, start: int, ends: Iterable[int], *, is_stalling: bool = False) -> None:
        """The file from `start`, piece by piece; `ends` count from `start`."""
        status, headers = self._range_head(content, start)
        body = content[start:]
        self._head(status, {"Content-Length": str(len(body)), **headers})
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sent = 0
        for end in ends:
            self._write(body[sent:end])
            if is_stalling and sent == 0:
                self.server.mirror.wait_for_release()
            sent = end

    def _range_head(self, content: bytes, start: int) -> tuple[int, dict[str, str]]:
        if not self.headers.get("Range"):
            return 200, {}
        return 206, {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}

    def _send(
        self,
        status: int,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        cut_after: int | None = None,
    ) -> None:
        self._head(status, {"Content-Length": str(len(body)), **(headers or {})})
        self._write(body[:cut_after])
        if cut_after is not None:
            self.close_connection = True

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _write(self, block: bytes) -> None:
        self.wfile.write(block)
        self.wfile.flush()
