"""Words that decide alone, whatever a classifier thinks of the rest of a message.

Why a person should take over is learned (`switchboard.nlu.mood_model`); here is what is too plain,
or too grave, to be left to probabilities. Every pattern is bounded, so that reading stays linear.
"""

from __future__ import annotations

import re

_READ = 1000
_BOSS = (
    r"(?:manager|supervisor|team ?lead(?:er)?|boss|superior|someone senior|somebody senior|"
    r"(?:someone|somebody|anyone|person|whoever(?:'s| is)?) (?:is )?in charge|head office)"
)
_PERSON = (
    rf"(?:{_BOSS}|human(?: being)?|real (?:person|human)|person|people|agent|representative|rep|"
    r"advis[eo]r|operator|someone real|somebody real|live (?:agent|person)|actual (?:person|human)|"
    r"member of (?:staff|your team)|someone|somebody|anyone|colleague)"
)
_ASKED = re.compile(
    rf"""
    \b(?:want|need|like|wanna|demand|wish|insist|let\ me|allow\ me|can\ (?:i|we|you)|
      could\ (?:i|we|you)|may\ (?:i|we)|
      please|pls|prefer|trying|tried|how\ do\ i\ get|rather)\b[^.!?\n]{{0,30}}\b(?:speak|talk|
      chat|connect(?:ed)?|transfer(?:red)?|
      put\ (?:me\ )?through|escalate[d]?|pass\ (?:me|this))\b[^.!?\n]{{0,20}}\b(?:to|
      with)\ (?:an?\ |the\ |your\ |one\ of\ your\ |some\ )?{_PERSON}\b
    | \b(?:get|give|find|send|bring|fetch|i\ (?:want|need))\ (?:me\ )?(?:a|an|your|
      the)\ (?:{_BOSS}|human|real\ (?:person|human)|live\ agent|actual\ (?:person|human))\b
    | \b(?:who\ is|who's)\ in\ charge\b|\bescalat(?:e|ed|ion)\b[^.!?\n]{{0,20}}\b(?:this|my|
      it|case|complaint|please|to)\b
    | \b(?:can|could|will|would)\ (?:someone|somebody|anyone|you)\ (?:please\ |pls\ |
      actually\ )?(?:call|phone|ring)\ me\b
    | (?:转|接|找|要|换|叫|有没有?|请|进|联系)(?:一?下|个|到|我要|你们)?(?:人工|真人)|
      人工(?:客服|服务|呢|在吗|台)|
      (?:找|叫|让|要|联系|转)(?:一?下|个)?你?们?的?(?:主管|经理|领导|负责人|上级|专员)|
      (?:主管|经理|领导|负责人|专员|客服)[^。！？]{{0,4}}(?:给我|跟我)(?:回|打)(?:个)?电话|
      给我(?:回|来|打)(?:个)?电话|回个电话
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNWANTED = re.compile(
    r"\b(?:don't|do not|dont|no need|not|rather not|never)\b[^.!?\n]{0,24}"
    r"\b(?:speak|talk|chat|transfer|connect|put me through|human|person|agent|call)\b"
    r"|(?:不要|不想|不用|不需要|别|没必要|无需)(?:再)?(?:给我|帮我)?(?:转|找|接|联系|和|"
    r"跟)?(?:人工|真人|客服)",
    re.IGNORECASE,
)
_DANGER = re.compile(
    r"\b(?:kill|die\b|dying|dead|death|suicid|hurt|harm|cut|alive|live|living|life|pills|overdose|"
    r"end it|jump|hang|shoot|stab|burn|bomb|attack|poison|hunt|beat|punch|find you|"
    r"come (?:to|for|by)|where you (?:live|work)|watch (?:your|out)|regret|pay for this|safe|"
    r"destroy|hack|smash|blow|address|"
    r"visit|weapon|knife|gun|set fire|violen|threat|goodbye forever|do something to|disappear|"
    r"go on|point|reason|exist|burden|worth|break|wait (?:for|outside)|come over|sorry)"
    r"|死|杀|轻生|自残|自尽|割腕|跳楼|活|命|伤害|伤|想不开|解脱|结束|世界|傻事|炸|烧|放火|"
    r"砍|捅|打|揍|弄|"
    r"小心|等着|后果|收拾|报复|毒|黑掉|找你|找上门|上门|安全|完了|砸|枪|刀|绝望|撑不|"
    r"消失|意义|痛苦|没有我|离开|后悔|不客气|厉害",
    re.IGNORECASE,
)
"""A cheap look for what a danger to somebody's life is told with."""
_IDIOMS = re.compile(
    r"\b(?:dying|die) (?:to|for|of laugh\w*)\b"
    r"|\b(?:killing me softly|dead (?:pixel|battery|line)|kill time)\b"
    r"|(?:笑|急|气|累|热|冷|饿|困|烦|吓|爱|慢|贵|帅|美|萌|香|坑)死|死机|死板|"
    r"打(?:电话|开|折|印|包|算|扰|发|款|钱|车|卡)|"
    r"生活|活动|干活|鲜活|命令|性命|安全感|弄(?:错|丢|混|清)|上门|自提|离开家",
    re.IGNORECASE,
)


def asks_for_person(text: str) -> bool:
    """Whether a text says in so many words that a person should take over."""
    text = _read(text)
    return _ASKED.search(text) is not None and not refuses_person(text)


def refuses_person(text: str) -> bool:
    """Whether a text says that no person is wanted."""
    return _UNWANTED.search(_read(text)) is not None


def sounds_dangerous(text: str) -> bool:
    """Whether there is a word of danger left when idioms are taken out."""
    return _DANGER.search(_IDIOMS.sub(" ", _read(text))) is not None


def _read(text: str) -> str:
    return text[:_READ].replace("’", "'")
