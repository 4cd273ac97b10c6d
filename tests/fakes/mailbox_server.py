"""A real mailbox and a real mail server on loopback: pymap (IMAP) and aiosmtpd (SMTP), with TLS."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import imaplib
import ssl
import subprocess
import sys
import time
from collections import deque
from email.message import EmailMessage
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from switchboard.cli.processes import some_free_port

USER, PASSWORD = "shop", "se cret"


class Certificates:
    """An authority of our own, and a certificate of it for 127.0.0.1 and localhost."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        made = authority.issue_cert("127.0.0.1", "localhost")
        self.authority, self.cert = folder / "ca.pem", folder / "cert.pem"
        self.key = folder / "key.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        made.private_key_pem.write_to_path(str(self.key))
        self.cert.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


class RealMailbox:
    """pymap in a process of its own, with one user; `restart` numbers everything anew."""

    def __init__(self, certificates: Certificates | None = None) -> None:
        self._certificates = certificates
        self.port = some_free_port()
        self.url = f"imap://{USER}:se%20cret@127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        tls = ["--no-tls"]
        if self._certificates:
            tls = ["--cert", str(self._certificates.cert), "--key", str(self._certificates.key)]
        code = "from pymap.main import main; main()"
        given = ["--host", "127.0.0.1", "--port", str(self.port), *tls, "--no-service", "admin"]
        user = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, *given, *user], stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), self.opened():
                return
            assert time.monotonic() < deadline, "pymap does not answer"
            time.sleep(0.1)

    @contextlib.contextmanager
    def opened(self, folder: str = "INBOX"):
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=5)
        try:
            if self._certificates:
                trusting = ssl.create_default_context(cafile=str(self._certificates.authority))
                box.starttls(trusting)
            box.login(USER, PASSWORD)
            box.select(folder)
            yield box
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                box.logout()

    def put(self, raw: bytes, folder: str = "INBOX") -> None:
        """A new message."""
        with self.opened() as box:
            if folder != "INBOX":
                box.create(folder)
            assert box.append(folder, "", None, raw)[0] == "OK"

    def unseen(self) -> int:
        with self.opened() as box:
            return len((box.uid("search", "UNSEEN")[1][0] or b"").split())

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    close = stop


class _Keeper:
    def __init__(self, post: RealPost) -> None:
        self._post = post

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self._post.refuses.get(address):
            return self._post.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        fault = self._post.faults.popleft() if self._post.faults else ""
        if fault and fault != "drop":
            return fault
        raw = envelope.original_content
        read = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
        await asyncio.to_thread(self._post.keep, raw, envelope.rcpt_tos, read)
        if fault == "drop":  # taken, and the connection cut before any answer
            server.transport.abort()
        return "250 taken"


class RealPost:
    """aiosmtpd. `faults` are taken one by one by messages: an answer, or "drop"; `refuses`: answers
    to recipients."""

    def __init__(self, certificates: Certificates | None = None) -> None:
        self.sent: list[tuple[list[str], EmailMessage]] = []
        self.faults: deque[str] = deque()
        self.refuses: dict[str, str] = {}
        self.copies_to: RealMailbox | None = None  # keeps what was sent, as large providers do
        self.port = some_free_port()

        def let_in(server, session, envelope, mechanism, given):
            right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
            return AuthResult(success=right, handled=False)

        self._controller = Controller(
            _Keeper(self),
            hostname="127.0.0.1",
            port=self.port,
            tls_context=certificates.context() if certificates else None,
            authenticator=let_in,
            auth_require_tls=bool(certificates),
        )
        self._controller.start()
        self.url = f"smtp://{USER}:se%20cret@127.0.0.1:{self.port}"

    def keep(self, raw: bytes, recipients: list[str], read: EmailMessage) -> None:
        """Take a message, as a whole: also from a client that is killed while it waits."""
        if self.copies_to is not None:
            self.copies_to.put(raw, "Sent")
        self.sent.append((recipients, read))

    def wait_for(self, count: int, seconds: float = 20.0) -> list[EmailMessage]:
        """What was sent, once it is `count`."""
        deadline = time.monotonic() + seconds
        while len(self.sent) < count:
            assert time.monotonic() < deadline, f"only {len(self.sent)} were sent"
            time.sleep(0.02)
        return [message for _, message in self.sent]

    def close(self) -> None:
        self._controller.stop()
