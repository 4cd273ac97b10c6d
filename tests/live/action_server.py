"""The real action server, which also takes other settings while it runs.

`POST /settings` with names and values does what a restart with them would: the environment is the
one of the start with these on top, and the services are built anew, with nothing asked, cached or
counted before. Only what takes a processor seconds and is the same is kept: the index of a folder
of articles, and the vectors of their sentences. So a test with other settings waits for a tenth of
a second, and not for a process; that the process starts is tested in tests/actions.
"""

from __future__ import annotations

import os

import rasa_sdk.__main__
from rasa_sdk import endpoint
from sanic.response import empty

from actions import action_services

_BEGINNING = dict(os.environ)
_create_app, _open_library = endpoint.create_app, action_services.open_library
_libraries = {}


def library_of(settings, phrasebook):
    key = (settings.data_dir, settings.knowledge_url)
    if key not in _libraries:
        _libraries[key] = _open_library(settings, phrasebook)
    return _libraries[key]


def create_app(*arguments, **more):
    app = _create_app(*arguments, **more)

    @app.post("/settings")
    async def settings(request):
        os.environ.clear()
        os.environ.update({**_BEGINNING, **request.json})
        action_services.services.cache_clear()
        action_services.services()
        return empty()

    return app


if __name__ == "__main__":
    action_services.open_library = library_of
    endpoint.create_app = create_app
    rasa_sdk.__main__.main()
