"""Turns a shop's existing HTML, Markdown and CSV texts into article drafts.

A draft is not searched: it stays in `data/drafts/` until a person moves it with `switchboard
knowledge accept`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import frontmatter
import yaml
from bs4 import BeautifulSoup
from markdownify import markdownify

from switchboard.errors import ConfigurationError
from switchboard.text.language import ENGLISH, SPOKEN, read_language

HTML, MARKDOWN = (".html", ".htm"), (".md", ".markdown")
MAX_FILE = 2_000_000
_FURNITURE = ["script", "style", "nav", "header", "footer", "aside", "form", "noscript", "svg"]
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


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
        target.write_text(f"---\n{listed}---\n{text.strip()}\n", encoding="utf-8")
        return target


def _language(text: str) -> str:
    found = read_language(text)
    return found if found in SPOKEN else ENGLISH


def from_markdown(text: str, fallback_title: str) -> ArticleDraft | None:
    """One article; None for a file without text."""
    document = frontmatter.loads(text)
    body = document.content.strip()
    first = _HEADING.search(body)
    title = str(document.get("title") or (first[1] if first else fallback_title))
    if first and first[1] == title:
        body = body[: first.start()] + body[first.end() :]
    # Articles use second-level headings for sections, so all headings become such.
    body = re.sub(r"\n{3,}", "\n\n", _HEADING.sub(r"## \1", body)).strip()
    if not body:
        return None
    topics = document.get("topics") or document.get("tags") or ()
    return ArticleDraft(title, body, _language(body), topics=tuple(map(str, topics)))


def from_html(text: str, fallback_title: str) -> ArticleDraft | None:
    """One article from a page, without its navigation and scripts; None without text."""
    page = BeautifulSoup(text, "html.parser")
    heading = page.find("h1") or page.find("title")
    title = heading.get_text(" ", strip=True) if heading else fallback_title
    for element in page(_FURNITURE):
        element.decompose()
    content = page.find("main") or page.find("article") or page.body or page
    for element in content.find_all(["h1", "title", "img"]):
        element.decompose()
    body = markdownify(str(content), heading_style="ATX", strip=["a"])
    return from_markdown(f"# {title}\n\n{body}", fallback_title)


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
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix.lower() not in HTML + MARKDOWN:
            continue
        found = _read_file(path)
        if found is not None:
            yield path, found


def _read_file(path: Path) -> ArticleDraft | Unreadable | None:
    if path.stat().st_size > MAX_FILE:
        return Unreadable(f"larger than {MAX_FILE} bytes")
    try:
        text = path.read_text(encoding="utf-8")
        read = from_html if path.suffix.lower() in HTML else from_markdown
        return read(text, path.stem.replace("-", " ").replace("_", " "))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return Unreadable(type(error).__name__)


def read_csv(text: str) -> list[ArticleDraft]:
    """One article per distinct answer; columns `question`, `answer`, optional `title`, `language`.

    Raises:
        ConfigurationError: a column is missing, or a row has no answer; the message says where.
    """
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = {name.strip().lower(): name for name in rows.fieldnames or ()}
    if not {"question", "answer"} <= set(names):
        raise ConfigurationError("the first line must name the columns question and answer")
    drafts: dict[tuple[str, str], ArticleDraft] = {}
    for number, row in enumerate(rows, start=2):
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
