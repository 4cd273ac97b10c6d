"""Serves the widget's script, its two libraries, and a demo shop page."""

from __future__ import annotations

import json
from pathlib import Path

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from switchboard.rasa_services import RasaServices
from switchboard.shop.speech import Phrasebook

FOLDER = Path(__file__).parent / "widget"
PARTS = ("page", "storage", "colours", "photos", "frame", "chat")
"""The files of the script, in the order in which each needs the ones before it."""
_SCRIPT = "text/javascript; charset=utf-8"
_DAY = {"Cache-Control": "public, max-age=86400"}
_NEW = {"Cache-Control": "no-cache"}
_FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


def widget_script(phrasebook: Phrasebook) -> str:
    """The widget's parts as one script, with the words of `data/words.yml` in both languages."""
    words = phrasebook.words.get("widget", {})
    by_language = {
        code: {name: forms[code] for name, forms in words.items()} for code in ("en", "zh")
    }
    parts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in PARTS]
    known = f"const WORDS = {json.dumps(by_language, ensure_ascii=False)};"
    return "\n".join(["(() => {", '"use strict";', known, *parts, "})();", ""])


def serve_pages(blueprint: Blueprint, services: RasaServices) -> None:
    """Add the routes; the demo page only while no origins are configured."""
    script = widget_script(services.phrasebook)
    libraries = {path.name: path.read_bytes() for path in (FOLDER / "vendor").glob("*.js")}

    @blueprint.get("/chat.js")
    async def chat(_: Request) -> HTTPResponse:
        return response.text(script, headers={**_NEW, **_FOR_ALL}, content_type=_SCRIPT)

    @blueprint.get("/vendor/<name>")
    async def library(_: Request, name: str) -> HTTPResponse:
        if name not in libraries:
            return response.text("not found", 404)
        headers = {**_DAY, **_FOR_ALL}
        return response.raw(libraries[name], headers=headers, content_type=_SCRIPT)

    if not services.settings.web.origins:
        page = (FOLDER / "demo.html").read_text(encoding="utf-8")

        @blueprint.get("/demo")
        async def demo(_: Request) -> HTTPResponse:
            return response.html(page, headers=_NEW)
