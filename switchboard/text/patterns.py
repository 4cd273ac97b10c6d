"""Patterns that several readers share. Each part is bounded, so that matching stays linear."""

from __future__ import annotations

EMAIL = r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){1,4}"
"""An e-mail address. It looks at ASCII, since Chinese puts no space around one."""
LINK = r"https?://[\x21-\x7e]{1,500}"
"""The address of a page, up to the next space or character that is not ASCII."""
