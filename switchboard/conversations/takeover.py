"""Words that decide alone, whatever a classifier thinks of the rest of a message.

Why a person should take over is learned (`switchboard.nlu.mood_model`): words alone find one in ten
of what people say of it. Here is what is too plain, or too grave, to be left to probabilities; of
what these words find, nine in ten are right. Every pattern is bounded, so reading stays linear.
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
      with)\ (?:an?\ |the\ |your\ |one\ of\ your\ |some\ )?(?:real\ |actual\ |live\ )?{_PERSON}\b
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
      给我(?:回|来|打)(?:个)?电话|回个电话|
      (?:要|想|能不能|可以|帮我|给我|麻烦)?找个?(?:人|同事|活人)(?:来)?(?:说|聊|谈|跟我|处理)
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
_MANY = (
    r"(?:[2-9]|[1-9]\d|two|three|four|five|six|seven|ten|several|many|multiple|numerous|countless|"
    r"a dozen|dozens of|so many|loads of|tons of|umpteen|endless)"
)
_WORDS = {
    "safety": r"""
        \b(?:injur(?:ed|y|ies)|electric(?:al)?\ shock|electrocuted|caught\ fire|burst\ into\ flames|
        explod(?:ed|ing)|food\ poisoning|ambulance|safety\ (?:hazard|risk|issue)|health\ hazard|
        fire\ hazard|choking\ hazard|chok(?:ed|ing)\ on|allergic\ reaction|anaphyla\w{1,10}|
          gas\ leak)\b
        | \b(?:burn(?:ed|t)|cut|hurt|scald(?:ed)?|hit|injure)\ (?:my|his|her|our|
          their)\ (?:(?:left|right|
          little|whole|own)\ )?(?:hands?|fingers?|arms?|leg|face|son|daughter|child|kid|baby|wife|
          husband|
          foot|feet|eyes?|mouth|mother|father|mum|mom|dad|dog|cat)\b
        | \b(?:burns?|cuts?|blisters?|bruises?|rash)\ (?:all\ over|on|across)\ (?:my|his|her|our|
          their)\b
        | \b(?:made|making)\ (?:me|us|him|her|my\ \w{1,12})\ (?:very\ |really\ |so\ )?(?:ill|sick)\b
        | \b(?:glass|metal|plastic|needle|blade|mou?ld|maggots?|worms?|insects?|hair)\ in\ (?:my|
          the|our|his|her)\b
        | \b(?:smoke|sparks?|flames?)\ (?:came|coming|come|flew|flying|from|out)\b
        | \b(?:started|starts|began|is)\ (?:smoking|sparking|burning|melting)\b
        | \b(?:is|are|was|were|it's|that's|how|so|really|extremely|very)\ (?:dangerous|unsafe)\b
        | \b(?:harass(?:ed|ing|ment)?|groped|stalk(?:ed|ing)|sexist|racist|racial|racism|homophobic|
          transphobic|discriminat(?:ed|ion|ing|ory)|sexually|assaulted|threatened\ me|swore\ at|
          shouted\ at|screamed\ at|touched\ me|verbally\ abus\w{1,4})\b
        | 受伤|烫伤|割伤|划伤|烧伤|砸伤|触电|漏电|着火|起火|冒烟|爆炸|炸了|中毒|吃坏|拉肚子|送医|
          急诊|
          窒息|安全隐患|骚扰|辱骂|歧视|威胁我|骂我|玻璃渣|虫子
    """,
    "fraud": r"""
        \b(?:fraud(?:ulent|ster)?|scam(?:s|med|mers?|ming)?|hacked|phishing|identity\ theft|stolen|
        counterfeit|unauthori[sz]ed|rip-?off\ artists?|con\ artists?)\b
        | \bwithout\ (?:my|our)\ (?:permission|consent|knowledge|authori[sz]ation|approval)\b
        | \b(?:i|we)\ (?:did\ not|didn't|never|haven't|have\ not)\ (?:ever\ )?(?:place[d]?|made?|
          authori[sz]ed?|
          order(?:ed)?|approved?|buy|bought)\ (?:this|that|these|those|any\ (?:of\ this|such|
          order|purchase))\b
        | \b(?:someone|somebody|a\ stranger)\ (?:else\ )?(?:has\ |is\ |had\ )?(?:used|using|
          ordered|ordering|
          logged|got\ into|accessed|broke\ into|stole|taken\ over|buying|bought)\b
        | 诈骗|骗子|骗钱|被骗|骗人|盗刷|盗用|盗号|被盗|假货|假冒|冒用|钓鱼|不是我(?:本人)?(?:下|
          买|操作|付|拍)的?|
          没有?(?:经过?我)?(?:授权|同意就)
    """,
    "leaving": r"""
        \b(?:lost|losing|lose)\ (?:me\ as\ )?(?:a|another|yet\ another|this|
          your)\ (?:\w{1,12}\ ){0,2}customers?\b
        | \b(?:lost|losing|lose)\ (?:my|our)\ (?:business|custom)\b
        | \b(?:never|not|won't|don't|no\ longer)\ (?:be\ |ever\ |be\ ever\ )?(?:shop|buy|order|
          purchase|
          com(?:e|ing)|go(?:ing)?|us(?:e|ing)|spend|shopp|buy|order|purchas|deal|fly|
          return)(?:ing|s)?\b.{0,25}
          \b(?:again|back\ (?:here|to\ you|to\ this)|anymore|any\ more|ever)\b
        | \bnever\ (?:(?:ever\ )?again\b|(?:coming|going)\ back)
        | \b(?:tak(?:e|ing)|took)\ (?:my|our)\ (?:business|custom|money)\ (?:else|to|some)
        | \b(?:shop|go|going|buy|order|look)(?:ping|ing)?\ elsewhere\b
        | \b(?:switch(?:ing|ed)?|mov(?:e|ing)|go(?:ing)?|defect(?:ing)?)\ (?:over\ )?to\ (?:a|
          your|the|another)
          \ (?:competitors?|competition|rival)
        | \blast\ (?:time|order)\ (?:that\ )?(?:i|we)(?:'ll|'m|\ am|
          \ will)?\ (?:ever\ )?(?:be\ )?(?:order|buy|shop|
          us|purchas|place|spend|mak)
        | \b(?:i'm|i\ am|we're|we\ are|so)\ (?:so\ |totally\ |completely\ )?done\ (?:with\ (?:you|
          this|your)|here|now)\b
        | \b(?:close|closing|delete|deleting|cancel|cancelling|canceling)\ (?:my|our)
          \ (?:account|membership|subscription)\b.{0,30}\b(?:done|enough|fed\ up|sick\ of|goodbye|
          because|over\ this)\b
        | \b(?:done|enough|fed\ up|sick\ of)\b.{0,40}\b(?:close|delete|cancel)\ my\ (?:account|
          membership|subscription)\b
        | \bboycott(?:ing)?\b
        | \b(?:time|ready|tempted|going|about|thinking\ of|considering)\ (?:to\ )?
          (?:switch(?:ing)?|
          leav(?:e|ing)\ (?:you|your|this\ (?:shop|company|store)))\b
        | \b(?:you|you've|you\ have)\ (?:just\ |now\ )?lost\ (?:me|us|my)\b
        | \b(?:won't|will\ not|not\ going\ to)\ be
          \ (?:using|buying|ordering|shopping|returning|back|renewing)\b
        | \bfind\ (?:another|a\ different|a\ new)\ (?:shop|store|provider|company|supplier)\b
        | \b(?:goodbye|bye|gone|leaving)\ (?:for\ good|forever)\b
        | 再也不(?:来|买|用|会|在|想|敢)|以后(?:再也|都|绝对)?不(?:来|买|会再|在你)|最后一次(?:买|
          在|来)|不会再(?:来|买|光顾|用)|
          (?:换|去)别(?:家|的店|的平台)|卸载|拉黑你
    """,
    "failed before": rf"""
        \b{_MANY}\ (?:different\ |phone\ |unanswered\ )?(?:people|agents?|reps?|advis[eo]rs?|calls?|
          e-?mails?|messages?|tickets?|chats?|attempts?|letters|reports?)\b.{{0,60}}
          \b(?:no|not|nothing|nobody|none|still|different|without|never|unanswered|\w{{2,6}}n't)\b
        | [二两三四五六七八九十几多无数]+(?:次|遍|个客服|个电话)[^。！？]{{0,24}}(?:没|不|还是)
    """,
}
_PATTERNS = {name: re.compile(words, re.VERBOSE | re.IGNORECASE) for name, words in _WORDS.items()}
_HYPOTHETICAL = re.compile(
    r"\b(?:if|in case|what happens|what if|is it|would it|do you|are you|does it|can i|how do you|"
    r"policy|avoid|protect|prevent)\b|如果|假如|会不会|是不是|怎么(?:防|避)",
    re.IGNORECASE,
)
"""A question about what might be is calm, whatever it names: only `fraud` and `safety` ask."""
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
_NAMED_DANGER = re.compile(
    r"""
    \b(?:suicid\w{0,5}|overdos\w{1,4}|all\ (?:of\ )?my\ (?:pills|tablets)
      |(?:kill|harm|hurt|cut|hang|drown)(?:ing)?\ (?:my|your|him|her|them)sel\w{1,3}
      |(?:end|take|ending|taking)\ my\ (?:own\ )?life|end(?:ing)?\ it\ all
      |want(?:ed)?\ to\ die|(?:was|were)\ dead|better\ off\ (?:dead|without\ me)
      |miss\ me\ if|without\ me|(?:want|wish)\ to\ (?:live|be\ alive|exist)
      |(?:reason|point|will)\ (?:left\ )?(?:for\ me\ )?(?:to\ live|in\ living|to\ go\ on)
      |(?:kill|shoot|stab|strangle|hurt|beat|punch|smash|burn|bomb|hunt)\ (?:all\ of\ )?
        (?:you|him|her|them|everyone|your|the\ (?:driver|shop|store|office|building|warehouse))
      |set\ (?:it\ |your\ |the\ )?(?:\w{2,12}\ )?(?:on\ )?fire|blow\ (?:up|you)
      |(?:knife|gun|weapon|bomb)s?|acid\ (?:at|in|on)
      |(?:find|know)\ (?:out\ )?where\ you\ (?:live|work)|wait(?:ing)?\ for\ you\ outside
      |die\ for\ this|teach\ you\ a\ lesson)\b
    |自杀|轻生|自残|自尽|割腕|跳楼|跳下去|想死|去死|不想活|活不下去|活着没|结束生命|结束自己|伤害自己
    |了结|遗书|没有我|杀|弄死|打死|砍|捅|炸|放火|烧了|烧掉|砸|揍|打断|血债|硫酸|教训你|同归于尽
    |要你命|找上门|上门找你|等着瞧|给我等着|小心点|(?:你|你们|你家)住哪
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Words that name a danger outright."""
_IDIOMS = re.compile(
    r"\b(?:dying|die) (?:to|for|of laugh\w*)\b"
    r"|\b(?:killing me softly|dead (?:pixel|battery|line)|kill time)\b"
    r"|(?:笑|急|气|累|热|冷|饿|困|烦|吓|爱|慢|贵|帅|美|萌|香|坑)死|死机|死板|"
    r"打(?:电话|开|折|印|包|算|扰|发|款|钱|车|卡)|"
    r"生活|活动|干活|鲜活|命令|性命|安全感|弄(?:错|丢|混|清)|上门|自提|离开家",
    re.IGNORECASE,
)


def reason_in(text: str) -> tuple[str, str] | None:
    """The gravest reason for a person that a text names outright, and its words; or None.

    The reason is the value of a `routes.Cause`.
    """
    text = _read(text)
    for name, pattern in _PATTERNS.items():
        found = pattern.search(text)
        if found and not (name in ("safety", "fraud") and _is_asked(text, found)):
            return name, found[0].strip().lower()[:60]
    return None


def _is_asked(text: str, found: re.Match[str]) -> bool:
    """Whether the words stand in a calm question about what might be."""
    end = min(
        (at for at in (text.find(c, found.end()) for c in ".!?。！？\n") if at >= 0), default=-1
    )
    start = max(text.rfind(c, 0, found.start()) for c in ".!?。！？\n") + 1
    asks = end < 0 or text[end] in "?？"
    return asks and _HYPOTHETICAL.search(text, start, found.start()) is not None


def asks_for_person(text: str) -> bool:
    """Whether a text says in so many words that a person should take over."""
    text = _read(text)
    return _ASKED.search(text) is not None and not refuses_person(text)


def refuses_person(text: str) -> bool:
    """Whether a text says that no person is wanted."""
    return _UNWANTED.search(_read(text)) is not None


def sounds_dangerous(text: str) -> bool:
    """Whether there is a word left, when idioms are taken out, that danger may be told with."""
    return _DANGER.search(_IDIOMS.sub(" ", _read(text))) is not None


def names_danger(text: str) -> bool:
    """Whether such words name a danger outright."""
    return _NAMED_DANGER.search(_IDIOMS.sub(" ", _read(text))) is not None


def _read(text: str) -> str:
    return text[:_READ].replace("’", "'")
