"""What a customer says not to do: "please don't cancel", 先别退货."""

from __future__ import annotations

import re

_LATIN = {
    "cancel_order": "cancel|call off",
    "get_refund": "refund",
    "return_item": "return|send (?:it|them|this) back",
    "exchange_item": "exchange|swap|replace",
    "change_order": "change|modify|edit",
    "delete_account": "delete|close|deactivate|remove",
    "place_order": "order|buy",
}
_HAN = {
    "cancel_order": "取消|撤单",
    "get_refund": "退款|退钱",
    "return_item": "退货",
    "exchange_item": "换货",
    "change_order": "修改|改",
    "delete_account": "注销|删除?",
    "place_order": "下单|买",
}
_PATTERNS = {
    name: re.compile(
        rf"(?<!why )(?<!can )\b(?:don'?t|do not|dont|never|rather not|no longer want to)"
        rf" (?:want (?:you )?to |wish to |need to |please |you |dare |ever )?(?:{verbs})\b"
        rf"|(?:不要|别|不用|不想|不需要|先不|不必)(?:再|先|给我|帮我|把.{{1,8}})?(?:{_HAN[name]})(?!了?吗)",
        re.IGNORECASE,
    )
    for name, verbs in _LATIN.items()
}
_READ = 300


def forbids(text: str, intent: str) -> bool:
    """Whether a text says not to do what an intent asks for."""
    pattern = _PATTERNS.get(intent)
    return pattern is not None and pattern.search(text[:_READ].replace("’", "'")) is not None
