"""What a customer says that a person should see, however calmly: the words of each reason.

The mood of a message is a classifier's matter (`moods`); here is what it tells. Every pattern is
bounded, so that reading stays linear. Each reason's name is the value of its `routes.Cause`.
"""

from __future__ import annotations

import re

READ = 1000
_TRIED = (
    r"\b(?:call(?:ed|ing)|phoned|phoning|rang|rung|e-?mail(?:ed|ing)|messaged|contacted|contacting|"
    r"chased|chasing|asked|asking|reported|reporting|complained|complaining|tweeted|spoke|spoken|"
    r"written|wrote|DM'?d|requested)"
)
_STAFF = r"(?:people|persons?|agents?|reps?|representatives?|advis[eo]rs?|colleagues?|operators?)"
_MANY = (
    r"(?:[2-9]|[1-9]\d|two|three|four|five|six|seven|ten|several|many|multiple|numerous|countless|"
    r"a dozen|dozens of|so many|loads of|tons of|umpteen|endless)"
)
_BOSS = (
    r"(?:manager|supervisor|team ?lead(?:er)?|boss|superior|someone senior|somebody senior|"
    r"(?:someone|somebody|anyone|person|whoever(?:'s| is)?) (?:is )?in charge|head office)"
)
_PERSON = (
    rf"(?:{_BOSS}|human(?: being)?|real (?:person|human)|person|people|agent|representative|rep|"
    r"advis[eo]r|operator|someone real|somebody real|live (?:agent|person)|actual (?:person|human)|"
    r"member of (?:staff|your team)|someone|somebody|anyone|colleague)"
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
        \b{_TRIED}\b.{{0,60}}\b(?:twice|thrice|{_MANY}\ times|repeatedly|over\ and\ over|
          again\ and\ again|
          every\ (?:single\ )?day|for\ (?:{_MANY}\ )?(?:weeks|months)|since\ last\ (?:week|month))\b
        | \b{_MANY}\ (?:different\ |phone\ |unanswered\ |other\ )?(?:{_STAFF}|calls?|e-?mails?|
          messages?|
          tickets?|chats?|attempts?|DMs|letters|reports?)\b.{{0,60}}\b(?:no|not|nothing|nobody|
          none|still|
          different|later|without|never|unanswered|zero|\w{{2,6}}n't)\b
        | \b{_TRIED}\b.{{0,90}}\b(?:no\ (?:one|reply|response|answer|resolution|luck|avail|joy|
          help|use|success|result)|
          nobody|nothing|not\ helpful|without\ (?:any\ )?(?:reply|answer|success|luck|response|
          result)|
          (?:weren't|wasn't|aren't|isn't|were\ not|was\ not|are\ not|is\ not|couldn't|can't|didn't|
          won't|don't|doesn't)\ (?:\w{{1,10}}\ )?(?:help|helpful|repl|answer|work|respond|fix|
          solve|care|call|any\ help))
        | \bno\ (?:luck|joy|resolution|follow[- ]?ups?|avail|(?:reply|response|answer|
          call\ back)\ (?:yet|at\ all|
          from|since|so\ far|whatsoever|to))\b
        | \b(?:still|yet)\ (?:have\ |had\ |got\ |getting\ |received\ )?no\ (?:reply|response|
          answer|resolution|solution|
          refund|word|news|help|luck|update)
        | \b(?:never|not|n't|nobody|no\ one|noone)\ (?:has\ |have\ |ever\ |
          even\ )?(?:been\ )?(?:repl(?:y|ied)|
          answer(?:ed|s|ing)?|respond(?:ed|s|ing)?|called?\ (?:me\ )?back|got(?:ten)?\ back|
          hear[d]?\ back|help(?:ed|s|ing)?|
          followed\ up|resolved?|solved?|fixed|sorted)\b
        | \b(?:nobody|no\ one|noone)\ (?:\w{{1,9}}\ ){{0,2}}(?:care|repl|answer|help|call|respon|
          know)
        | \b(?:keep|kept|keeps)\ (?:on\ )?(?:telling\ me|saying|sending\ me|being\ (?:told|passed|
          sent)|getting\ (?:told|passed|the\ same|sent)|asking\ me|passing|transferring|
          promising|happening|ignoring|fobbing|cancelling)
        | \b(?:passed|sent|bounced|transferred|pushed|shunted)\ (?:around|from|back\ and\ forth|
          between)\b
        | \b(?:run-?\ ?around|round\ in\ circles|pillar\ to\ post|brick\ wall|fobbed\ off|
          same\ (?:answer|reply|response|
          excuse|message|story)|copy[- ]?(?:and[- ])?paste[d]?|hung\ up|cut\ me\ off|ignor(?:ed|
          ing)\ (?:me|my|us))\b
        | \b(?:already|have|i've|i)\ (?:already\ )?(?:tried|done|did)\ (?:that|this|it|all|
          everything|both|so)\b.{{0,60}}
          \b(?:no|not|nothing|still|n't|same|didn't|doesn't|fail)
        | \b(?:been\ on\ hold|on\ hold\ for)\b
        | \b(?:not|never|wasn't|isn't|hasn't|haven't|n't)\ (?:been\ )?(?:resolved|sorted|fixed|
          dealt\ with|actioned)\b
        | \b(?:been\ (?:waiting|trying|asking|chasing|calling))\b.{{0,40}}\b(?:weeks?|months?|
          hours?|days?|ages|forever|years?)\b
        | \b(?:promised|told|assured)\b.{{0,50}}\b(?:but|and|yet)\b.{{0,30}}\b(?:never|nothing|
          still|not|no\ one|nobody|n't)\b
        | (?:打|问|催|联系|反映|投诉|反馈|申请|说|找|
          发)了?[^，。！？\s]{{0,6}}(?:[二两三四五六七八九十几好多无数]+(?:次|遍|回|个(?:客服|人|
          电话))|很多(?:次|遍)|
          半天|好久|几天|无数)[^。！？]{{0,24}}(?:没|不|还是|都|也)
        | (?:一直|还是|都|始终|根本)(?:没有?|不)(?:人|解决|处理|回复|回应|回我|给我?(?:处理|解决|
          回复|答复)|答复|反应|理我?|接)
        | (?:没|无)人(?:理|管|回|接|处理|解决|应)|(?:推来推去|踢皮球|互相推|来回推|打太极|敷衍)|
          (?:说好|承诺|答应)[^。！？]{{0,20}}(?:没|不|结果|却)|(?:每次|总是|老是)都?(?:说|让我等|
          敷衍|这样)|
          (?:之前|上次|昨天|前天|已经)[^。！？]{{0,16}}(?:问过|反映|说过|联系过|投诉过|
          申请过)[^。！？]{{0,24}}(?:没|还|不|怎么)
        | (?:到现在|至今|好几天|几天了|这么久|一直|等了)[^。！？]{{0,12}}(?:没|不|
          未)[^。！？]{{0,4}}
          (?:解决|处理|回复|审核|答复|结果|人管|人理)
    """,
    "vulnerable": r"""
        \b(?:i'm|i\ am|she's|he's|she\ is|he\ is|who\ is|they\ are|being|
          a)\ (?:\w{1,10}\ )?(?:disabled(?!\ account)|
          wheelchair|housebound|bedridden|bedbound|terminally|visually\ impaired|
          hard\ of\ hearing|autistic|bereaved)\b
        | \b(?:wheelchair|disability|dementia|alzheimer'?s|chemo(?:therapy)?|epilep\w{1,4}|
          mental\ health|
          panic\ attacks?|hospice|carer\ for|life\ support|insulin|dialysis|miscarriage|
          stillb\w{1,4})\b
        | \b(?:husband|wife|mother|father|mum|mom|dad|son|daughter|partner|brother|sister|
          gran\w{0,8}|child|baby)
          \ (?:has\ |just\ |recently\ |sadly\ ){0,2}(?:died|passed\ away|is\ dying|has\ cancer)\b
        | \b(?:funeral|lost\ my\ (?:job|home|husband|wife|mother|father|mum|mom|dad|son|daughter|
          baby)|
          can'?t\ afford\ (?:food|to\ eat|rent)|nothing\ to\ eat|homeless|cancer\ (?:patient|
          treatment)|have\ cancer)\b
        | 残疾|轮椅|盲人|聋哑|聋人|去世|丧事|葬礼|癌症|化疗|抑郁症|瘫痪|卧床|重病|救命|失业了|
          吃不上饭
    """,
    "asked": rf"""
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
}
_PATTERNS = {name: re.compile(words, re.VERBOSE | re.IGNORECASE) for name, words in _WORDS.items()}
_HYPOTHETICAL = re.compile(
    r"\b(?:if|in case|what happens|what if|is it|would it|do you|are you|does it|can i|how do you|"
    r"policy|avoid|protect|prevent)\b|如果|假如|会不会|是不是|怎么(?:防|避)",
    re.IGNORECASE,
)
"""A question about what might be is calm, whatever it names: only `fraud` and `safety` ask."""
_UNWANTED = re.compile(
    r"\b(?:don't|do not|dont|no need|not|rather not|never)\b[^.!?\n]{0,24}"
    r"\b(?:speak|talk|chat|transfer|connect|put me through|human|person|agent|call)\b"
    r"|(?:不要|不想|不用|不需要|别|没必要|无需)(?:再)?(?:给我|帮我)?(?:转|找|接|联系|和|"
    r"跟)?(?:人工|真人|客服)",
    re.IGNORECASE,
)
ORDER = ("safety", "fraud", "vulnerable", "leaving", "failed before")
"""The reasons beside anger and the law, the gravest first."""


def reason_in(text: str) -> tuple[str, str] | None:
    """The gravest reason that a text names, and its words; None if it names none."""
    text = _read(text)
    for name in ORDER:
        found = _PATTERNS[name].search(text)
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
    return _PATTERNS["asked"].search(text) is not None and not refuses_person(text)


def refuses_person(text: str) -> bool:
    """Whether a text says that no person is wanted."""
    return _UNWANTED.search(_read(text)) is not None


def _read(text: str) -> str:
    return text[:READ].replace("’", "'")
