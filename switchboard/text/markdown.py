"""Markdown as the plain text that customers read: no marks, a link with its address behind it."""

from __future__ import annotations

import re

import markdown
from bs4 import BeautifulSoup, Tag

_MARKS = re.compile(r"[*_`\[\]<>|]|^[ \t]*(?:[-+*]|\d+[.)]|>|#)\s|!\[|&\w+;", re.MULTILINE)
_MAX_BRACKETS, _MAX_TICKS = 300, 100
_HASHES = re.compile(r"#{7,}")
_BLOCKS = ("p", "ul", "ol", "blockquote", "pre", "table", "h1", "h2", "h3", "h4", "h5", "h6")


def plain_text_of(text: str) -> str:
    """A text without its Markdown; one without any stays as it is."""
    if not _MARKS.search(text):
        return text
    if text.count("[") > _MAX_BRACKETS:  # the library's time for open ones grows as their cube
        text = text.replace("[", "(").replace("]", ")")
    if text.count("`") > _MAX_TICKS:  # and for these
        text = text.replace("`", "")
    text = _HASHES.sub("######", text)
    try:
        page = BeautifulSoup(markdown.markdown(text, extensions=["tables"]), "html.parser")
    except RecursionError:  # lists within lists, hundreds deep
        return _MARKS.sub("", text)
    for link in page.find_all("a"):
        address, shown = str(link.get("href") or ""), link.get_text()
        link.replace_with(shown if address in ("", shown) else f"{shown} ({address})")
    for picture in page.find_all("img"):
        picture.replace_with(str(picture.get("alt") or ""))
    blocks = [b for b in page.find_all(_BLOCKS) if b.find_parent(_BLOCKS) is None]
    written = [_block(block) for block in blocks]
    return "\n\n".join(part for part in written if part)


def _block(block: Tag) -> str:
    if block.name in ("ul", "ol"):
        return "\n".join(_item(item, block.name, n) for n, item in _items(block))
    if block.name == "table":
        rows = [[cell.get_text(" ", strip=True) for cell in r(["th", "td"])] for r in block("tr")]
        return "\n".join(": ".join(cell for cell in row if cell) for row in rows)
    return _joined(block)


def _items(block: Tag) -> list[tuple[int, Tag]]:
    return list(enumerate(block.find_all("li"), start=1))


def _item(item: Tag, kind: str, number: int) -> str:
    for below in item.find_all(["ul", "ol"]):
        below.extract()
    return f"{number}. {_joined(item)}" if kind == "ol" else f"- {_joined(item)}"


def _joined(element: Tag) -> str:
    lines = (" ".join(line.split()) for line in element.get_text().splitlines())
    return "\n".join(line for line in lines if line)
