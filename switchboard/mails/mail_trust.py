"""Whose certificates are believed, of servers for e-mail."""

from __future__ import annotations

import ssl

from switchboard.errors import ConfigurationError


def trust(ca: str = "") -> ssl.SSLContext:
    """A context that verifies a server's certificate and name: by the authorities that this machine
    trusts, and by those in the file `ca`.

    Raises:
        ConfigurationError: the file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca:
        try:
            context.load_verify_locations(ca)
        except OSError as error:  # `ssl.SSLError` is one
            raise ConfigurationError("SWITCHBOARD_MAIL_CA is no file of certificates") from error
    return context
