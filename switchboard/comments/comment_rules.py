"""The shop's rules for comments, from `data/comments.yml`: switches, bounds, words and texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from switchboard.errors import ConfigurationError
from switchboard.shop.bilingual import form_in, variant_in
from switchboard.shop.policy import Policy
from switchboard.text.bounded_yaml import read_yaml
from switchboard.text.language import HAN, SPOKEN

PLATFORMS = ("facebook", "instagram", "x")
HIDDEN = ("abuse", "spam", "personal")
WORDS = ("praise", "abuse", "spam", "own", "asking")
PUBLIC_TEXTS, PRIVATE_TEXTS = ("written", "write_us"), ("question", "complaint", "go_on")
FIXED = "fixed"
MAX_PUBLIC, MAX_PRIVATE, MAX_BUTTON = 280, 1000, 20
"""Characters; of a public text a Chinese one counts twice, so that it fits every platform."""
_SECTIONS = {
    "platforms",
    "names",
    "hide",
    "thank",
    "limits",
    "words",
    "answers",
    "thanks",
    "public",
} | {"private"}
_HAN = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")
_SENTENCE = re.compile(r"[^.!?。！？]*[?？]\s*")
Forms = Mapping[str, str]


@dataclass(frozen=True)
class CommentRules:
    """What the shop wants done with comments. Texts have the policy's facts filled in.

    `names` are the shop's own accounts as comments mention them, `per_post_hour` the most replies
    below one post within an hour, `oldest_hours` the age beyond which a comment is not answered.
    """

    on: Mapping[str, bool] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    hide: Mapping[str, bool] = field(default_factory=dict)
    thank: bool = True
    per_post_hour: int = 30
    oldest_hours: int = 24
    words: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    answers: Mapping[str, Forms] = field(default_factory=dict)
    thanks: tuple[Forms, ...] = ()
    public: Mapping[str, Forms] = field(default_factory=dict)
    private: Mapping[str, Forms] = field(default_factory=dict)

    def has(self, kind: str, text: str) -> bool:
        """Whether a text has a word of a kind."""
        pattern = self.words.get(kind)
        return pattern is not None and pattern.search(text) is not None

    @property
    def anywhere(self) -> bool:
        """Whether comments are on for any platform."""
        return any(self.on.values())

    def say(self, section: Mapping[str, Forms], name: str, language: str) -> str:
        """A text in a language; empty if the shop has none of that name."""
        return form_in(section[name], language) if name in section else ""


def load_comment_rules(data_dir: Path, policy: Policy) -> CommentRules:
    """Read `comments.yml` below a data folder; without the file comments are off everywhere.

    Raises:
        ConfigurationError: it cannot be used; the message names the place.
    """
    path = data_dir / "comments.yml"
    if not path.exists():
        return CommentRules()
    try:
        raw = read_yaml(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    reader = _Reader(data_dir, policy)
    return reader.read(_mapping(raw, "the file"))


def room_taken(text: str) -> int:
    """The characters that a public text takes where they are dearest."""
    return len(text) + len(_HAN.findall(text))


class _Reader:
    """Reads the sections of one file."""

    def __init__(self, data_dir: Path, policy: Policy) -> None:
        self._data_dir, self._policy = data_dir, policy

    def read(self, raw: Mapping[str, Any]) -> CommentRules:
        unknown = sorted(set(map(str, raw)) - _SECTIONS)
        if unknown:
            raise _wrong(unknown[0], f"is none of {', '.join(sorted(_SECTIONS))}")
        limits = _mapping(raw.get("limits"), "limits")
        rules = CommentRules(
            on=_switches(raw.get("platforms"), "platforms", PLATFORMS),
            names=frozenset(name.lower().lstrip("@") for name in _texts(raw, "names")),
            hide=_switches(raw.get("hide"), "hide", HIDDEN),
            thank=_switch(raw.get("thank", True), "thank"),
            per_post_hour=_count(limits, "per_post_hour", 30, 1000),
            oldest_hours=_count(limits, "oldest_hours", 24, 6 * 24),
            words=self._words(_mapping(raw.get("words"), "words")),
            answers=self._answers(_mapping(raw.get("answers"), "answers")),
            thanks=self._thanks(raw.get("thanks")),
            public=self._section(raw, "public", PUBLIC_TEXTS, MAX_PUBLIC),
            private=self._section(raw, "private", PRIVATE_TEXTS, MAX_PRIVATE),
        )
        self._complete(rules)
        return rules

    @staticmethod
    def _complete(rules: CommentRules) -> None:
        """Where comments are on, every text that may be needed is there."""
        if not rules.anywhere:
            return
        for place, section, names in (
            ("public", rules.public, PUBLIC_TEXTS),
            ("private", rules.private, PRIVATE_TEXTS),
        ):
            missing = [name for name in names if name not in section]
            if missing:
                raise _wrong(f"{place}.{missing[0]}", "is missing, and comments are on")
        if rules.thank and not rules.thanks:
            raise _wrong("thanks", "is empty, and thank is on")

    @staticmethod
    def _words(raw: Mapping[str, Any]) -> dict[str, re.Pattern[str]]:
        found = {}
        for kind in raw:
            if kind not in WORDS:
                raise _wrong(f"words.{kind}", f"is none of {', '.join(WORDS)}")
            listed = [word for code in SPOKEN for word in _words_of(raw[kind], kind, code)]
            if listed:
                found[kind] = re.compile("|".join(map(_pattern, listed)), re.IGNORECASE)
        return found

    def _answers(self, raw: Mapping[str, Any]) -> dict[str, Forms]:
        return {
            str(intent): self._fixed(str(intent))
            if given == FIXED
            else self._forms(given, f"answers.{intent}", MAX_PUBLIC)
            for intent, given in raw.items()
        }

    def _fixed(self, intent: str) -> Forms:
        """The fixed response to an intent, without its questions: nobody is asked in public."""
        place, name = f"answers.{intent}", f"utter_{intent}"
        for path in sorted((self._data_dir / "responses").glob("*.yml")):
            content = read_yaml(path.read_text(encoding="utf-8")) or {}
            variants = (content.get("responses") or {}).get(name)
            if variants:
                given = {code: str(variant_in(variants, code).get("text")) for code in SPOKEN}
                plain = {code: _SENTENCE.sub("", text).strip() for code, text in given.items()}
                return self._forms(plain, place, MAX_PUBLIC)
        raise _wrong(place, f"there is no response {name} in data/responses")

    def _thanks(self, raw: Any) -> tuple[Forms, ...]:
        if raw is not None and not isinstance(raw, list):
            raise _wrong("thanks", "must be a list of texts")
        return tuple(
            self._forms(given, f"thanks[{number}]", MAX_PUBLIC)
            for number, given in enumerate(raw or ())
        )

    def _section(
        self, raw: Mapping[str, Any], place: str, names: tuple[str, ...], most: int
    ) -> dict[str, Forms]:
        given = _mapping(raw.get(place), place)
        allowed = (*names, "complaint") if place == "public" else names
        for name in given:
            if name not in allowed:
                raise _wrong(f"{place}.{name}", f"is none of {', '.join(allowed)}")
        return {
            str(name): self._forms(text, f"{place}.{name}", MAX_BUTTON if name == "go_on" else most)
            for name, text in given.items()
        }

    def _forms(self, raw: Any, place: str, most: int) -> Forms:
        forms = _mapping(raw, place)
        filled = {}
        for code in SPOKEN:
            text = str(forms.get(code) or "").strip()
            if not text:
                raise _wrong(f"{place}.{code}", "is missing")
            try:
                filled[code] = self._policy.fill(text, code)
            except ConfigurationError as error:
                raise _wrong(f"{place}.{code}", str(error)) from None
            if room_taken(filled[code]) > most:
                raise _wrong(
                    f"{place}.{code}", f"takes {room_taken(filled[code])} of {most} characters"
                )
        return filled


def _wrong(place: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"comments.yml: {place} {why}")


def _mapping(raw: Any, place: str) -> Mapping[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise _wrong(place, "must be names with values")
    return {str(key): value for key, value in raw.items()}


def _switch(raw: Any, place: str) -> bool:
    if not isinstance(raw, bool):
        raise _wrong(place, "must be true or false")
    return raw


def _switches(raw: Any, place: str, names: tuple[str, ...]) -> dict[str, bool]:
    given = _mapping(raw, place)
    for name in given:
        if name not in names:
            raise _wrong(f"{place}.{name}", f"is none of {', '.join(names)}")
    return {name: _switch(given.get(name, False), f"{place}.{name}") for name in names}


def _count(raw: Mapping[str, Any], name: str, usual: int, most: int) -> int:
    value: object = raw.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise _wrong(f"limits.{name}", f"must be a whole number from 1 to {most}")
    return value


def _texts(raw: Mapping[str, Any], place: str) -> list[str]:
    listed = raw.get(place) or []
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise _wrong(place, "must be a list of texts")
    return listed


def _words_of(raw: Any, kind: str, code: str) -> list[str]:
    """The words of a kind in a language, written with commas between them."""
    given = _mapping(raw, f"words.{kind}").get(code)
    if given is not None and not isinstance(given, str):
        raise _wrong(f"words.{kind}.{code}", "must be words with commas between them")
    parts = (" ".join(part.split()) for part in (given or "").replace("，", ",").split(","))
    return [part for part in parts if part]


def _pattern(word: str) -> str:
    """English words are whole ones; a star stands for their ends. Chinese may stand anywhere."""
    body = re.escape(word).replace(r"\*", r"\w{0,8}").replace(r"\ ", r"\s+")
    return body if _HAN.search(word) else rf"(?<!\w){body}(?!\w)"
