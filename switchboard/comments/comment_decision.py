"""What happens with a comment: decided here, once, by `decide_comment`.

- **answer**: a question gets one short public answer, and a private reply for the rest;
- **thank**: praise is thanked for, by rule;
- **person**: a complaint gets a private reply and a ticket;
- **hide**: abuse, spam and a customer's own data, where the shop says so;
- **leave**: everything else. The bot never argues.

A comment with personal data of its author gets no public answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum

import regex

from switchboard.comments.comment import PostComment
from switchboard.comments.comment_reading import CommentReading
from switchboard.comments.comment_rules import CommentRules
from switchboard.conversations.moods import Level
from switchboard.conversations.routes import CAREFUL, Cause
from switchboard.conversations.turns import PERSON_INTENT
from switchboard.privacy.personal_data import Found, find_personal
from switchboard.shop.bilingual import form_in, spoken
from switchboard.text.language import SPOKEN, language_of

READ = 1000
"""Characters of a comment that are read."""
_MENTION = regex.compile(r"(?<![\w.])@([\p{L}\p{N}_.·]{1,64})")
_APART = regex.compile(r"https?://\S{1,500}|[@#][\p{L}\p{N}_.·]{1,64}")
_WORD = regex.compile(r"[\p{L}\p{N}]")
_PERSONAL = frozenset("email secret account identity card birthday phone address".split())
_PRAISE = frozenset({"review", "thank"})
_OPINIONS = _PRAISE | {"complaint"}
"""They tell how somebody finds the shop, and ask for nothing."""
_DAMAGE = frozenset({"report_damaged_item"})
_SERIOUS = {Cause.LEGAL_WORDS, Cause.SAFETY, Cause.FRAUD, Cause.VULNERABLE} | CAREFUL
_TROUBLED = 0.85


class CommentAct(str, Enum):
    """What becomes of a comment."""

    ANSWER = "answer"
    THANK = "thank"
    LEAVE = "leave"
    HIDE = "hide"
    PERSON = "person"


@dataclass(frozen=True)
class CommentDecision:
    """What happens, and why (words for the record, never the comment's own).

    `private` is sent first; `public` after it, or `alone` in its place where the private reply was
    refused. Empty texts are not sent. `go_on` is what the button of the private reply asks for, an
    intent, under `go_on_title`.
    """

    act: CommentAct
    why: str
    language: str = "en"
    public: str = ""
    alone: str = ""
    private: str = ""
    go_on: str = ""
    go_on_title: str = ""
    hide: bool = False

    @property
    def speaks(self) -> bool:
        """Whether anything is said: once for a person and post."""
        return bool(self.public or self.private)

    @property
    def ticket(self) -> bool:
        """Whether a person is to look at it."""
        return self.act is CommentAct.PERSON


def leave(why: str) -> CommentDecision:
    """The decision to do nothing."""
    return CommentDecision(CommentAct.LEAVE, why)


def decide_at_once(comment: PostComment, rules: CommentRules) -> CommentDecision | None:
    """What is plain without the assistant's model; None for a comment that it has to read."""
    text = comment.text[:READ]
    if comment.author == comment.account or not comment.author:
        return leave("our own, or nobody's")
    if not rules.on.get(comment.platform):
        return leave("off")
    if rules.has("spam", text):
        return _hidden("spam", rules)
    if not _WORD.search(_APART.sub(" ", text)):
        return leave("no words")
    if _to_somebody_else(comment, rules):
        return leave("to somebody else")
    return None


def decide_comment(
    comment: PostComment,
    reading: CommentReading,
    rules: CommentRules,
    topics: Collection[str],
    find: Callable[[str], list[Found]] = find_personal,
) -> CommentDecision:
    """What happens with a comment that the model has read. `topics` are the intents of which the
    assistant can speak in private."""
    plain = decide_at_once(comment, rules)
    return plain or _Case(comment, reading, rules, topics, find).decide()


def _hidden(kind: str, rules: CommentRules) -> CommentDecision:
    if rules.hide.get(kind):
        return CommentDecision(CommentAct.HIDE, kind, hide=True)
    return leave(kind)


def _to_somebody_else(comment: PostComment, rules: CommentRules) -> bool:
    named = [name.lower().rstrip(".") for name in _MENTION.findall(comment.text[:READ])]
    others = [name for name in named if name not in rules.names]
    return bool(others) and len(others) == len(named) and not comment.to_us


class _Case:
    """One comment with all that is known of it."""

    def __init__(
        self,
        comment: PostComment,
        reading: CommentReading,
        rules: CommentRules,
        topics: Collection[str],
        find: Callable[[str], list[Found]],
    ) -> None:
        self._comment, self._reading, self._rules, self._topics = comment, reading, rules, topics
        self._text = comment.text[:READ]
        self._language = spoken(reading.language or language_of(self._text))
        self._personal = reading.numbered or any(p.kind in _PERSONAL for p in find(self._text))

    def decide(self) -> CommentDecision:
        reading, rules = self._reading, self._rules
        own = rules.has("own", self._text)
        abuse = rules.has("abuse", self._text)
        if abuse and not own:
            return _hidden("abuse", rules)
        if reading.language not in (None, *SPOKEN):
            return leave("a language that is not spoken")
        matter = own or self._about_order()
        if self._for_a_person(matter):
            return self._person(abuse)
        if abuse or self._is_cross():
            return leave("nothing to help with")
        asks = self._asks()
        if self._comment.is_reply and not (asks and reading.known):
            return leave("said to others")
        if self._is_praise() and not asks:
            return self._thank()
        return self._answer() if asks else leave("asks for nothing")

    def _about_order(self) -> bool:
        wish = self._reading.wish
        return self._reading.known and wish in self._topics and wish not in _OPINIONS

    def _is_cross(self) -> bool:
        reading = self._reading
        return reading.wants_person or reading.level in (Level.ANGRY, Level.DISPLEASED)

    def _for_a_person(self, matter: bool) -> bool:
        reading = self._reading
        if reading.route.cause in _SERIOUS:
            return True
        if reading.wish == PERSON_INTENT and reading.known:
            return True
        if reading.wish in _DAMAGE and reading.known:
            return True
        troubled = reading.level is Level.TROUBLED or reading.negative >= _TROUBLED
        return matter and (self._is_cross() or (troubled and not self._marked()))

    def _marked(self) -> bool:
        return "?" in self._text or "？" in self._text

    def _asks(self) -> bool:
        asking = self._marked() or self._rules.has("asking", self._text)
        return asking or self._about_order()

    def _is_praise(self) -> bool:
        reading = self._reading
        praised = self._rules.has("praise", self._text)
        return reading.level is Level.GLAD or praised or (reading.wish in _PRAISE and reading.known)

    def _person(self, abuse: bool) -> CommentDecision:
        rules, language = self._rules, self._language
        hide = self._hides_data() or (abuse and bool(rules.hide.get("abuse")))
        silent = self._personal or hide
        return CommentDecision(
            CommentAct.PERSON,
            self._reading.route.cause.value if self._reading.wants_person else "complaint",
            language,
            public="" if silent else rules.say(rules.public, "complaint", language),
            private=rules.say(rules.private, "complaint", language),
            hide=hide,
        )

    def _thank(self) -> CommentDecision:
        if not self._rules.thank:
            return leave("praise")
        thanks = self._rules.thanks
        number = hashlib.sha256(self._comment.id.encode()).digest()[0] % len(thanks)
        text = form_in(thanks[number], self._language)
        return CommentDecision(CommentAct.THANK, "praise", self._language, public=text, alone=text)

    def _answer(self) -> CommentDecision:
        rules, language, wish = self._rules, self._language, self._reading.wish
        known = self._about_order()
        fact = rules.say(rules.answers, wish, language) if known else ""
        private = rules.say(rules.private, "question", language)
        silent = self._personal
        return CommentDecision(
            CommentAct.ANSWER,
            wish if known else "open question",
            language,
            public="" if silent else fact or rules.say(rules.public, "written", language),
            alone="" if silent else fact or rules.say(rules.public, "write_us", language),
            private=f"{fact}\n\n{private}" if fact else private,
            go_on=wish if known else "",
            go_on_title=rules.say(rules.private, "go_on", language) if known else "",
            hide=self._hides_data(),
        )

    def _hides_data(self) -> bool:
        return self._personal and bool(self._rules.hide.get("personal"))
