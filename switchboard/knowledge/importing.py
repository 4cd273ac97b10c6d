"""Turns a shop's existing HTML, Markdown and CSV texts into article drafts.

A draft is not searched: it stays in `data/drafts/` until a person moves it with `switchboard
knowledge accept`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml
from bs4 import BeautifulSoup
from markdownify import markdownify

from switchboard.errors import ConfigurationError
from switchboard.knowledge.front_matter import MAX_ARTICLE, headings, read_document, read_file
from switchboard.text.language import ENGLISH, SPOKEN, read_language

HTML, MARKDOWN = (".html", ".htm"), (".md", ".markdown")
MAX_FILE = 2_000_000
MAX_TEXT, MAX_TITLE = 200_000, 300
"""Characters that a draft may have: what is longer is no article."""
MAX_FILES, MAX_FOLDERS, MAX_ROWS = 5_000, 20, 20_000
"""Files of a folder, folders within folders, and rows of a table that are read."""
MAX_NESTED = 150
"""Elements within elements of a page."""
_FURNITURE = ["script", "style", "nav", "header", "footer", "aside", "form", "noscript", "svg"]


@dataclass(frozen=True)
class ArticleDraft:
    """A draft of an article. `text` may have sections with `##` headings."""

    title: str
    text: str
    language: str
    questions: tuple[str, ...] = ()
    topics: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """A file name, the same for the same title."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")[:60]
        return slug or "article-" + hashlib.sha256(self.title.encode()).hexdigest()[:8]

    def write(self, drafts: Path) -> Path:
        """Write the draft below a folder, replacing an older one of the same name."""
        head = {
            "title": self.title,
            "topics": list(self.topics),
            "questions": list(self.questions),
            "updated": date.today(),
        }
        target = drafts / self.language / f"{self.name}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        listed = yaml.safe_dump(head, allow_unicode=True, sort_keys=False)
        # Braces name facts of policy.yml in an article; the person who accepts a draft may add
        # some.
        text = self.text.replace("{", "(").replace("}", ")")
        new = target.with_suffix(".new")
        new.write_text(f"---\n{listed}---\n{text.strip()}\n", encoding="utf-8")
        os.replace(new, target)
        return target


def _language(text: str) -> str:
    found = read_language(text)
    return found if found in SPOKEN else ENGLISH


def from_markdown(text: str, fallback_title: str) -> ArticleDraft | None:
    """One article; None for a file without text."""
    head, body = read_document(text)
    first = next(headings(body), None)
    title = str(head.get("title") or (first[3] if first else fallback_title))[:MAX_TITLE]
    if first and first[3][:MAX_TITLE] == title:
        body = body[: first[0]] + body[first[1] :]
    body = re.sub(r"\n{3,}", "\n\n", _one_level(body)).strip()
    if not body:
        return None
    topics = head.get("topics") or head.get("tags") or ()
    listed = topics if isinstance(topics, list) else (topics,)
    return ArticleDraft(
        title, body, _language(body), topics=tuple(map(str, listed)) if topics else ()
    )


def _one_level(body: str) -> str:
    """Articles use second-level headings for sections, so all headings become such."""
    parts, at = [], 0
    for start, end, _level, words in headings(body):
        parts += [body[at:start], f"## {words}"]
        at = end
    return "".join([*parts, body[at:]])


def from_html(text: str, fallback_title: str) -> ArticleDraft | None:
    """One article from a page, without its navigation and scripts; None without text."""
    page = BeautifulSoup(text, "html.parser")
    if _depth(page) > MAX_NESTED:
        raise ConfigurationError(f"more than {MAX_NESTED} elements within each other")
    heading = page.find("h1") or page.find("title")
    title = heading.get_text(" ", strip=True) if heading else fallback_title
    for element in page(_FURNITURE):
        element.decompose()
    content = page.find("main") or page.find("article") or page.body or page
    for element in content.find_all(["h1", "title", "img"]):
        element.decompose()
    if len(content.get_text()) > MAX_TEXT:
        raise ConfigurationError(f"more than {MAX_TEXT} characters")
    body = markdownify(str(content), heading_style="ATX", strip=["a"])
    return from_markdown(f"# {title}\n\n{body}", fallback_title)


def _depth(page: BeautifulSoup) -> int:
    """How many elements stand within each other, counted without recursion."""
    deepest, level = 0, [page]
    while level and deepest <= MAX_NESTED:
        level = [child for element in level for child in element.find_all(recursive=False)]
        deepest += 1
    return deepest


@dataclass(frozen=True)
class Unreadable:
    """The reason why a file could not be made a draft."""

    why: str


def read_folder(folder: Path) -> Iterator[tuple[Path, ArticleDraft | Unreadable]]:
    """The draft or the error for each HTML and Markdown file; files without text are skipped.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"there is no folder {folder}")
    for path in _texts(folder):
        found = _read_file(path)
        if found is not None:
            yield path, found


def _texts(folder: Path) -> list[Path]:
    """The files to read, in order. No link to a folder is entered: it may lead anywhere."""
    found: list[Path] = []
    for here, below, names in os.walk(folder, followlinks=False):
        if len(Path(here).relative_to(folder).parts) >= MAX_FOLDERS:
            below.clear()
        found += [Path(here, n) for n in names if Path(n).suffix.lower() in HTML + MARKDOWN]
        if len(found) > MAX_FILES:
            raise ConfigurationError(f"more than {MAX_FILES} files in {folder}")
    return sorted(found)


def _read_file(path: Path) -> ArticleDraft | Unreadable | None:
    if path.is_symlink() or not path.is_file():
        return Unreadable("a link, or no file")
    is_page = path.suffix.lower() in HTML
    try:
        text = read_file(path, MAX_FILE if is_page else MAX_ARTICLE)
        read = from_html if is_page else from_markdown
        return read(text, path.stem.replace("-", " ").replace("_", " "))
    except ConfigurationError as error:
        return Unreadable(str(error).removeprefix(f"{path.name}: "))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        return Unreadable(type(error).__name__)


def _numbered(rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        for number, row in enumerate(rows, start=2):
            if number > MAX_ROWS:
                raise ConfigurationError(f"more than {MAX_ROWS} lines")
            yield number, row
    except csv.Error as error:  # a cell beyond all measure
        raise ConfigurationError(f"not a table: {error}") from None


def read_csv(text: str) -> list[ArticleDraft]:
    """One article per distinct answer; columns `question`, `answer`, optional `title`, `language`.

    Raises:
        ConfigurationError: it contains NUL, a column is missing, a row has no answer, or there are
            too many; the message says where.
    """
    if "\0" in text:  # from Python 3.11 on, csv takes it for a letter
        raise ConfigurationError("not a table: it contains NUL")
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = {name.strip().lower(): name for name in rows.fieldnames or ()}
    if not {"question", "answer"} <= set(names):
        raise ConfigurationError("the first line must name the columns question and answer")
    drafts: dict[tuple[str, str], ArticleDraft] = {}
    for number, row in _numbered(rows):
        cells = {short: (row.get(name) or "").strip() for short, name in names.items()}
        question, answer = cells["question"], cells["answer"]
        if not question or not answer:
            raise ConfigurationError(f"line {number}: question or answer is empty")
        language = cells.get("language") or _language(f"{question} {answer}")
        if language not in SPOKEN:
            raise ConfigurationError(f"line {number}: no articles in {language!r}")
        title = cells.get("title") or question
        same = drafts.get((language, answer))
        asked = (*(same.questions if same else ()), question)
        title = same.title if same else title
        drafts[language, answer] = ArticleDraft(title, answer, language, asked)
    return list(drafts.values())
