"""What the servers of one command know of each other: secrets made for the occasion, addresses."""

from __future__ import annotations

import secrets

from switchboard.cli.processes import local_url
from switchboard.settings import Settings

REST_TOKEN = "SWITCHBOARD_REST_TOKEN"  # noqa: S105  (a setting's name)


def children_environment(settings: Settings) -> dict[str, str]:
    """The environment that Rasa's process, the action server and the desk are started with: secrets
    that nobody set are random."""
    servers = settings.servers
    url = f"{local_url(servers.host, servers.actions_port)}/webhook"
    return {
        "SWITCHBOARD_HOST": servers.host,
        "SWITCHBOARD_ACTIONS_URL": servers.actions_url or url,
        "SWITCHBOARD_ACTIONS_SECRET": servers.actions_secret or secrets.token_urlsafe(32),
        REST_TOKEN: servers.rest_token or secrets.token_urlsafe(32),
    }
