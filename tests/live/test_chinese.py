"""Whole conversations in Chinese over HTTP, and some that change their language midway."""

from __future__ import annotations

import pytest

MAYA, TOM, SOFIA = "maya@example.com", "tom@example.com", "sofia@example.com"

CONVERSATIONS = [
    (
        "查物流",
        [("4712到哪了", "邮箱或电话"), (MAYA, "铸铁煎锅×1"), ("那4712什么时候能送到", "预计")],
        None,
    ),
    ("分几步查", [("我的包裹呢", "订单号"), ("4713", "邮箱"), ("087 555 0101", "送达")], None),
    (
        "取消要扣费",
        [("取消订单4711", "邮箱"), (MAYA, "需扣 €5.00"), ("确认", "已取消")],
        ("SELECT state FROM orders WHERE number='4711'", [("cancelled",)]),
    ),
    (
        "取消后反悔",
        [("4720不要了，帮我取消", "邮箱"), (TOM, "确认取消吗"), ("还是不取消了", "没有做任何改动")],
        ("SELECT count(*) FROM acts", [(0,)]),
    ),
    (
        "中间问政策",
        [
            ("取消4711", "邮箱"),
            (MAYA, "确认取消吗"),
            ("你们退款有什么条件", "30 天"),
            ("算了", "已停止"),
        ],
        ("SELECT count(*) FROM acts", [(0,)]),
    ),
    (
        "改数量",
        [
            ("4720的砧板我想多要一块，改一下订单", "邮箱"),
            (TOM, "从 2 件改为 3 件"),
            ("好的", "现在是 3 件"),
        ],
        ("SELECT quantity FROM items WHERE order_number='4720'", [(3,)]),
    ),
    (
        "改地址",
        [
            ("订单4711收货地址写错了，要改", "邮箱"),
            (MAYA, "哪个地址"),
            ("寄到我家里", "不完整"),
            ("都柏林港湾路12号3楼 D02 X285", "对吗"),
            ("对", "会寄到"),
        ],
        None,
    ),
    (
        "退货",
        [
            ("4730里有一件想退货", "邮箱"),
            (SOFIA, "哪一件"),
            ("浴室垫", "原因"),
            ("颜色和浴室不配", "确认"),
            ("确认", "退货 R-"),
        ],
        ("SELECT kind, sku FROM cases WHERE order_number='4730'", [("return", "BA-502")]),
    ),
    (
        "破损换新",
        [
            ("收到的碗碎了", "订单号"),
            ("4730", "邮箱"),
            (SOFIA, "哪一件"),
            ("炻器碗套装", "换新，还是退款"),
            ("请给我换新的", "收到的碗碎了”，您希望换新"),
            ("是的", "已登记"),
        ],
        ("SELECT kind, sku FROM cases WHERE order_number='4730'", [("damage", "TB-103")]),
    ),
    ("退款进度", [("4731的钱退到哪了", "邮箱"), (SOFIA, "银行卡退回")], None),
    ("开发票", [("4712给我开张发票", "邮箱"), (MAYA, "INV-")], None),
    ("政策", [("你们的退货政策是什么", "30 天"), ("怎么付款", "PayPal"), ("运费多少", "€4.90")], None),
    ("文章", [("马克杯能不能放洗碗机", "《炻器的日常使用》"), ("珠穆朗玛峰有多高", "不清楚")], None),
    ("两件事", [("退款政策是什么，另外怎么付款", "再来看您的另一个问题")], None),
    ("闲聊", [("你好", "智能助手"), ("你是机器人吗", "不是真人"), ("谢谢", "不客气"), ("再见", "再见")], None),
    ("繁體字", [("訂單4712到哪裡了", "邮箱"), (MAYA, "铸铁煎锅")], None),
    ("转人工", [("请转人工", "受理号是 T-"), ("有人吗", "")], None),
    ("不满两次", [("这没有帮到我", ""), ("还是没解决我的问题", "受理号是 T-")], None),
    (
        "the language changes midway",
        [
            ("where is order 4712", "e-mail address or phone"),
            ("你们支持哪些付款方式", "银行转账"),
            (MAYA, "铸铁煎锅"),
            ("what is your refund policy", "You can send anything back"),
            ("4711", "What would you like to do about order 4711?"),
            ("那把4711这单取消掉", "确认取消吗"),
            ("no, keep it", "nothing was changed"),
        ],
        ("SELECT count(*) FROM acts", [(0,)]),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("turns", "check"), [c[1:] for c in CONVERSATIONS], ids=[c[0] for c in CONVERSATIONS]
)
def test_conversation(system, sender, turns, check):
    system.converse(sender, turns)
    if check is not None:
        query, rows = check
        assert system.shop(query) == rows


def test_an_angry_customer_is_handed_over_in_their_language(system, sender):
    said = system.texts(sender, "第三次问了都没人理，你们这什么垃圾店！")
    assert "受理号是 T-" in said
    assert not system.texts(sender, "喂？").strip()
    ((reason,),) = system.run("SELECT reason_text FROM tickets WHERE conversation_id=?", sender)
    assert reason.startswith("anger ")
