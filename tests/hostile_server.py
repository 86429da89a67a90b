"""A web server in a thread that serves one file, well or as badly as a test asks it to."""

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Host:
    """What is served at `/file.zip`, and the ways in which that goes wrong.

    ranges: whether byte ranges are answered. cut: bytes of a body after which the connection is closed, None for all.
    answers: what the next requests get in the place of the file: a status and headers, or bytes, or what is called.
    length: the Content-Length that is claimed, None for the truth. claimed: the Content-Range likewise. extra: what is
    sent after the end of a range. block: bytes sent at a time, slow: s after each. before: called before every answer.
    """

    data: bytes
    etag: str | None = '"1"'
    modified: str | None = None
    ranges: bool = True
    cut: int | None = None
    answers: list = field(default_factory=list)
    length: str | None = None
    claimed: str | None = None
    extra: bytes = b""
    heed_if_range: bool = True
    block: int = 1 << 16
    slow: float = 0.0
    before: object = None
    asked: list = field(default_factory=list)  # headers of every request
    url: str = ""

    def validators(self) -> dict:
        return {name: value for name, value in (("ETag", self.etag), ("Last-Modified", self.modified)) if value}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host: Host

    def log_message(self, *_):
        pass

    def do_GET(self):
        host = self.host
        host.asked.append(dict(self.headers))
        if host.before:
            host.before(host)
        self.close_connection = True
        if host.answers:
            answer = host.answers.pop(0)
            if callable(answer):
                answer(self)
            elif isinstance(answer, bytes):
                self.wfile.write(answer)
            else:
                self.head(answer[0], {"Content-Length": "0", **answer[1]})
            return
        self.serve(host)

    def serve(self, host):
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")) if host.ranges else None
        same = not host.heed_if_range or self.headers.get("If-Range") in (None, host.etag, host.modified)
        first = int(wanted[1]) if wanted and same else 0
        if first >= len(host.data) > 0 and first:
            self.head(416, {"Content-Range": f"bytes */{len(host.data)}", "Content-Length": "0"})
            return
        body = host.data[first:] + (host.extra if first else b"")
        headers = {"Content-Length": host.length or str(len(body)), **host.validators()}
        if first:
            headers["Content-Range"] = host.claimed or f"bytes {first}-{len(host.data) - 1}/{len(host.data)}"
        self.head(206 if first else 200, {name: value for name, value in headers.items() if value != "none"})
        body = body[: host.cut]
        for start in range(0, len(body), host.block):
            self.wfile.write(body[start : start + host.block])
            if host.slow:
                threading.Event().wait(host.slow)

    def head(self, status, headers):
        self.send_response(status)
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving(host: Host, context=None):
    """Serve a host on this machine while the block lasts; over TLS where a context is given."""
    handler = type("Handler", (Handler,), {"host": host})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_: None  # clients go away as they like
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    host.url = f"{'https' if context else 'http'}://localhost:{server.server_port}/file.zip"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
