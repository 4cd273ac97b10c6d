"""Where a mail server may be spoken to without encryption."""

from __future__ import annotations

import ipaddress


def may_be_plain(host: str) -> bool:
    """Whether passwords may go there unencrypted: only to this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
