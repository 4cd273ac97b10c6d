"""A mail server on loopback that keeps what it is sent; smtpd left Python with 3.12."""

from __future__ import annotations

import socketserver
import threading


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 mail")
        to: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            if verb.upper() == "RCPT":
                to.append(rest.partition("<")[2].partition(">")[0])
            if verb.upper() == "DATA":
                self._say("354 go on")
                self.server.mails.append((to, self._data()))
                to = []
            if verb.upper() == "QUIT":
                self._say("221 bye")
                return
            self._say("250 ok")

    def _data(self) -> str:
        lines = []
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(line.removeprefix("."))
        return "\n".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """`mails`: (recipients, text) of each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.mails: list[tuple[list[str], str]] = []
        self.port: int = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()
