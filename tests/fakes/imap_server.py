"""A mailbox on loopback that speaks as much IMAP (RFC 3501) as `imaplib` needs to read it."""

from __future__ import annotations

import re
import shlex
import socketserver
import threading
import time
from collections.abc import Callable

USER, PASSWORD = "desk", "se cret"


class _Session(socketserver.StreamRequestHandler):
    server: ImapServer

    def handle(self) -> None:
        time.sleep(self.server.seconds_to_greet)
        self._say("* OK [CAPABILITY IMAP4REV1] mail")
        self._signed_in = self._folder = False
        while line := self.rfile.readline().decode("ascii", "replace").strip():
            self.server.commands.append(line)
            tag, _, rest = line.partition(" ")
            verb, _, given = rest.partition(" ")
            if verb.upper() == self.server.hangs_up_at:
                return
            self._say(f"{tag} {self._answer(verb.upper(), given)}")
            if verb.upper() == "LOGOUT":
                return

    def _answer(self, verb: str, given: str) -> str:
        known: dict[str, Callable[[str], str]] = {
            "CAPABILITY": self._capability,
            "LOGIN": self._login,
            "SELECT": self._select,
            "UID": self._uid,
            "LOGOUT": self._logout,
        }
        return known[verb](given) if verb in known else "BAD unknown command"

    def _capability(self, _given: str) -> str:
        self._say("* CAPABILITY IMAP4REV1")
        return "OK done"

    def _login(self, given: str) -> str:
        self._signed_in = shlex.split(given) == [USER, PASSWORD]
        return "OK done" if self._signed_in else "NO [AUTHENTICATIONFAILED] wrong"

    def _select(self, given: str) -> str:
        words = shlex.split(given)
        if not self._signed_in or len(words) != 1:
            return "BAD one folder"
        if words[0] != self.server.folder:
            return "NO there is no such folder"
        self._folder = True
        self._say(f"* {len(self.server.mails)} EXISTS")
        return "OK [READ-WRITE]"

    def _logout(self, _given: str) -> str:
        self._say("* BYE")
        return "OK done"

    def _uid(self, given: str) -> str:
        if not self._folder:
            return "BAD no folder"
        verb, _, rest = given.partition(" ")
        if verb.upper() == "SEARCH":
            new = [n for n in sorted(self.server.mails) if n not in self.server.seen]
            self._say("* SEARCH " + " ".join(map(str, new)))
            return "OK done"
        number, _, what = rest.partition(" ")
        return self._fetch(int(number), what) if verb.upper() == "FETCH" else self._store(rest)

    def _fetch(self, number: int, what: str) -> str:
        mail = self.server.mails.get(number)
        if mail is None:
            return "OK done"
        if what == "(RFC822.SIZE)":
            size = self.server.size_first.format(number=number, size=len(mail))
            self._say(f"* {number} FETCH ({size})")
        elif what == "(BODY.PEEK[])":
            self.server.fetched.append(number)
            self._say(f"* {number} FETCH (UID {number} BODY[] {{{len(mail)}}}")
            self.wfile.write(mail + b")\r\n")
        else:
            return "BAD not asked for here"
        return "OK done"

    def _store(self, given: str) -> str:
        asked = re.fullmatch(r"(\d+) \+FLAGS \(\\Seen\)", given)
        if asked is None:
            return "BAD not asked for here"
        self.server.seen.add(int(asked[1]))
        return "OK done"

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class ImapServer(socketserver.ThreadingTCPServer):
    """`mails` by their numbers; `seen`, those that are marked as read; `fetched`, those read."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, folder: str = "INBOX") -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.folder = folder
        self.mails: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.fetched: list[int] = []
        self.commands: list[str] = []
        self.size_first = "UID {number} RFC822.SIZE {size}"
        self.seconds_to_greet = 0.0
        self.hangs_up_at = ""
        self.port: int = self.server_address[1]
        self.url = f"imap://{USER}:se%20cret@127.0.0.1:{self.port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def put(self, mail: bytes) -> int:
        """A new mail, unread; its number."""
        number = max(self.mails, default=0) + 1
        self.mails[number] = mail
        return number

    def close(self) -> None:
        self.shutdown()
        self.server_close()
