"""The pages tell the truth: what they name exists, and what exists is named.

Each check is a function from a text to what is wrong with it, so that it is shown to fail as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from switchboard.cli.app import app
from switchboard.project import PROJECT as ROOT
from switchboard.settings import PREFIX, setting_names
from tests.pages import CONVERSATIONS, LEARNING, PAGES, PARTS, READMES, read_conversations

TEXTS = {page: page.read_text(encoding="utf-8") for page in (*PAGES, *PARTS)}
ALL = "\n".join(TEXTS.values())
# The changelog also speaks of what is gone.
PRESENT = {page: text for page, text in TEXTS.items() if page.name != "CHANGELOG.md"}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
FOLDERS = ("actions", "benchmarks", "data", "docs", "scripts", "switchboard", "tests")
WRITTEN_AT_RUN_TIME = (
    *("var/", "reports/", ".venv/", "data/nlu/learned.yml", "data/drafts/canned.yml"),
    *("CARD.md", "nlu.yml"),
)
EXAMPLE = "warranty"
"""The skill that docs/skills.md makes up."""


def relative(page: Path) -> str:
    return str(page.relative_to(ROOT))


def every_page(pages=TEXTS):
    return pytest.mark.parametrize("page", pages, ids=relative)


# What each check finds wrong.


def spans(text: str) -> list[str]:
    """What stands in backticks, outside of blocks."""
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", outside)]


def shell_lines(text: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


def named_targets(text: str) -> set[str]:
    commands = [span for span in spans(text) if span.startswith("make ")] + shell_lines(text)
    return {name for told in commands for name in re.findall(r"\bmake ([a-z][a-z-]*)", told)}


def targets(makefile: str) -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


def missing_files(text: str) -> list[str]:
    """Paths of the repository in backticks that lead nowhere; `<…>` stands for any name."""
    return [span for span in spans(text) if looks_like_a_path(span) and not leads_somewhere(span)]


def looks_like_a_path(span: str) -> bool:
    if not re.fullmatch(r"[\w.*<>-]+(/[\w.*<>-]+)*/?", span) or EXAMPLE in span:
        return False
    if span.startswith(WRITTEN_AT_RUN_TIME):
        return False
    source = re.search(r"\.(py|yml|md|txt|toml|js|html|css|sh|mako|png)$", span)
    return bool(source) or ("/" in span and (span.endswith("/") or span.split("/")[0] in FOLDERS))


def leads_somewhere(span: str) -> bool:
    pattern = re.sub(r"<[^>]*>", "*", span.rstrip("/"))
    if any(ROOT.glob(pattern)):
        return True
    # A bare name may stand for a file of any folder.
    return "/" not in span and any(any((ROOT / f).rglob(pattern)) for f in FOLDERS)


def broken_links(page: Path, text: str) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    return [link for link in found if "://" not in link and not link_works(page, link)]


def link_works(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    to = (page.parent / name).resolve() if name else page
    if not to.exists():
        return False
    return not anchor or anchor in headings(to.read_text(encoding="utf-8"))


def headings(text: str) -> set[str]:
    """The anchors of a page, as hosts of repositories make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def unknown_settings(text: str) -> set[str]:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+[A-Z]\b", text))
    return named - set(setting_names())


def commands(command: Any, path: str = "switchboard") -> Iterator[str]:
    """Every command of the command line, in full."""
    below = getattr(command, "commands", None)
    if not below:
        yield path
    for name, one in (below or {}).items():
        yield from commands(one, f"{path} {name}")


def rasa_files(folder: str, module: str) -> int:
    imports = re.compile(rf"^(from|import) {module}(\.| |$)", re.MULTILINE)
    files = (ROOT / folder).rglob("*.py")
    return sum(bool(imports.search(path.read_text(encoding="utf-8"))) for path in files)


# The pages.


@pytest.mark.parametrize("page", READMES, ids=relative)
def test_the_readme_is_a_page(page):
    assert len(TEXTS[page].splitlines()) <= 150
    assert len(read_conversations(TEXTS[page])) == 3


def test_the_conversations_of_the_readmes_stand_among_all():
    everything = [c for page in CONVERSATIONS for c in read_conversations(TEXTS[page])]
    assert len(everything) >= 20
    for page in READMES:
        assert set(read_conversations(TEXTS[page])) <= set(everything), page


def test_every_setting_is_documented():
    names = list(setting_names())
    assert len(names) > 40
    configuration = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in names:
        assert re.search(rf"^\| `{name}` \|", configuration, re.MULTILINE), name
        assert re.search(rf"^#? ?{name}=", example, re.MULTILINE), name


@every_page()
def test_every_setting_that_is_named_exists(page):
    assert not unknown_settings(TEXTS[page])


def test_every_command_is_documented():
    names = list(commands(typer.main.get_command(app)))
    assert len(names) > 15
    for name in names:
        assert f"`{name}" in ALL, name


@every_page()
def test_every_target_that_is_named_exists(page):
    assert named_targets(TEXTS[page]) <= targets(MAKEFILE)


def test_every_target_is_documented():
    assert len(targets(MAKEFILE)) > 15
    assert targets(MAKEFILE) <= named_targets("\n".join(PRESENT.values()))


@every_page(PRESENT)
def test_every_path_exists(page):
    assert missing_files(PRESENT[page]) == []


@every_page()
def test_every_link_works(page):
    assert broken_links(page, TEXTS[page]) == []


@pytest.mark.parametrize("readme", READMES, ids=relative)
def test_every_page_is_reached_from_the_readme(readme):
    links = set(re.findall(r"\]\(([^)#\s]+)", TEXTS[readme]))
    others = {page for page in PAGES if page != readme and page not in CONVERSATIONS}
    assert {relative(page) for page in others} <= links
    assert links & {relative(page) for page in CONVERSATIONS}


def test_every_part_of_learning_is_reached_from_its_page():
    links = set(re.findall(r"\]\((learning/[^)#\s]+)", TEXTS[LEARNING]))
    assert links == {f"learning/{page.name}" for page in PARTS}


def test_every_room_of_the_package_is_on_the_plan():
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [p.parent.name for p in (ROOT / "switchboard").glob("*/__init__.py")]
    assert len(rooms) > 10
    for room in rooms:
        assert re.search(rf"^  {room}/ ", plan, re.MULTILINE), room


def test_the_changelog_has_this_version_with_a_date():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.+)"$', project, re.MULTILINE)
    versions = re.findall(r"^## \[(.+)\](.*)$", TEXTS[ROOT / "CHANGELOG.md"], re.MULTILINE)
    assert versions[0][0] == version
    assert all(re.fullmatch(r" - \d{4}-\d{2}-\d{2}", date) for _, date in versions)


@pytest.mark.parametrize("name", ["config.yml", "endpoints.yml", "credentials.yml"])
def test_the_changelog_names_every_class_that_a_shop_names(name):
    classes = re.findall(r"switchboard\.[\w.]+\.[A-Z]\w+", (ROOT / name).read_text())
    assert classes
    for one in classes:
        assert f"`{one}`" in TEXTS[ROOT / "CHANGELOG.md"], one


def test_how_deep_rasa_goes_is_counted():
    told = TEXTS[ROOT / "docs" / "operations.md"]
    counts = re.findall(r"^grep -rlE .* (\w+) \| wc -l +# (\d+)$", told, re.MULTILINE)
    assert counts == [
        ("switchboard", str(rasa_files("switchboard", "rasa"))),
        ("actions", str(rasa_files("actions", "rasa_sdk"))),
    ]


def test_the_old_versions_are_the_pinned_ones():
    told = TEXTS[ROOT / "docs" / "operations.md"]
    pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    versions = re.findall(r"`([a-z-]+)`\s(\d[\d.]*\d)", told)
    assert len(versions) >= 4
    for name, version in versions:
        assert f"\n{name}=={version} " in pinned, name


# The checks themselves.


def test_a_target_that_is_not_there_is_noticed():
    assert named_targets("`make tea`\n```sh\nX=1 make coffee  # hot\n```\nmake sense") == {
        "tea",
        "coffee",
    }
    assert targets("tea: setup\n\t@brew\n.PHONY: tea\n") == {"tea"}


@pytest.mark.parametrize(
    "path",
    ["switchboard/nowhere.py", "channels/lane.py", "desk/", "data/nlu/<skill>.toml", "nowhere.py"],
)
def test_a_path_that_leads_nowhere_is_noticed(path):
    assert missing_files(f"see `{path}`") == [path]


@pytest.mark.parametrize(
    "path",
    ["switchboard/settings.py", "data/nlu/<skill>.yml", "docs/", "lane.py", "var/shop.db", "/tmp"],
)
def test_a_path_that_is_there_is_let_be(path):
    assert missing_files(f"see `{path}`") == []


@pytest.mark.parametrize("link", ["nowhere.md", "README.md#nowhere", "#nowhere", "docs/no.png"])
def test_a_link_that_leads_nowhere_is_noticed(link):
    assert broken_links(ROOT / "README.md", f"[there]({link})") == [link]
    assert broken_links(ROOT / "README.md", "[there](docs/desk.md#behind-a-proxy)") == []


def test_a_setting_that_is_not_there_is_noticed():
    assert unknown_settings("`SWITCHBOARD_TEA=1`, `SWITCHBOARD_ORDERS_URL`") == {"SWITCHBOARD_TEA"}


def test_conversations_are_read():
    page = "**not this**\n\n**Tea**\n\n```text\n> tea?\nYes.\nWith milk.\n> no\n```\n"
    assert read_conversations(page) == [("Tea", (("tea?", "Yes.\nWith milk."), ("no", "")))]
