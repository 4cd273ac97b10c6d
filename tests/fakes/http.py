"""A real HTTP server on loopback in a thread, for the fakes to build on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeServer:
    """Serves `answer(method, path, headers, body) -> (status, body, headers)`; keeps requests.

    A body that is an iterator of bytes is streamed in chunks; at status 0 nothing is answered.
    """

    def __init__(self) -> None:
        self.cut_off = 0  # streams that the client left before their end
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                if len(body) < length:  # the client left in the middle: no call
                    self.close_connection = True
                    return
                headers = {k.lower(): v for k, v in self.headers.items()}
                outer.requests.append((self.command, self.path, headers, body))
                status, content, extra = outer.answer(self.command, self.path, headers, body)
                if not status:  # taken, and the connection cut before any answer
                    self.close_connection = True
                    return
                if isinstance(content, Iterator):
                    self._stream(status, content, extra)
                    return
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                try:
                    self.send_response(status)
                    for key, value in {"Content-Type": "application/json", **extra}.items():
                        self.send_header(key, value)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client gave up waiting, as some tests want

            def _stream(self, status, pieces, extra) -> None:
                try:
                    self.send_response(status)
                    for key, value in {"Content-Type": "text/event-stream", **extra}.items():
                        self.send_header(key, value)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for piece in pieces:
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                        self.wfile.flush()
                    self.wfile.write(b"0\r\n\r\n")
                except OSError:
                    outer.cut_off += 1
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = _serve

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # clients are killed here, as some tests want
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, method, path, headers, body):
        raise NotImplementedError

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
