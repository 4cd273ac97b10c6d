"""Which mail no machine may answer: another machine sent it (RFC 3834), or many get it."""

from __future__ import annotations

import re
from email.message import EmailMessage

from switchboard.mails.mail_reading import header_as_read, header_as_written, sender_of

_BULK = {"bulk", "list", "junk", "auto_reply"}
_NOBODY = re.compile(
    r"(?:mailer-daemon|postmaster|bounces?|no[-_.]?reply|do[-_.]?not[-_.]?reply)(?:[+.=_-].*)?@.*",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"\s*(?:auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|自动(?:回复|答复|应答)"
    r"|自動(?:回覆|回應|答覆)|系统自动回复|休假自动回复)(?:\s*[:：].*|\s*)",
    re.IGNORECASE | re.DOTALL,
)
"""The subject of an answer by a program: those of QQ Mail and 163 say so nowhere else."""
_MARKS = (
    "List-Id",
    "List-Unsubscribe",
    "List-Post",
    "X-Autoreply",
    "X-Autorespond",
    "X-Auto-Response-Suppress",
    "X-Failed-Recipients",
    "Feedback-ID",
)


def why_unanswered(message: EmailMessage, own: str) -> str:
    """Why a message is answered by nobody but a person; empty where the assistant may."""
    sender = sender_of(message)
    if not sender or "@" not in sender:
        return "no sender"
    if sender.lower() == own.lower():
        return "our own"
    automatic = header_as_written(message, "Auto-Submitted").split(";")[0].strip().lower()
    if automatic not in ("", "no"):
        return "automatic"
    if header_as_written(message, "Return-Path").strip() == "<>":
        return "a bounce"
    if header_as_written(message, "Content-Type").strip().lower().startswith("multipart/report"):
        return "a report"
    if header_as_written(message, "Precedence").strip().lower() in _BULK:
        return "bulk"
    if _AWAY.fullmatch(header_as_read(message, "Subject")):
        return "automatic"
    if _NOBODY.fullmatch(sender):
        return "nobody reads there"
    marked = any(header_as_written(message, name).strip() for name in _MARKS)
    return "a list or a machine" if marked else ""
