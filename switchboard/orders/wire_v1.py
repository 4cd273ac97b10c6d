"""The acts of contract version 2 in the words of version 1, which changes one thing at a time."""

from __future__ import annotations

from typing import Any

from switchboard.errors import OrderSystemWrong
from switchboard.orders.acts import Act, OpenCase
from switchboard.orders.cancellation import Cancel
from switchboard.orders.changes import ChangeAddress, ChangeItems
from switchboard.orders.model import CaseKind, Order
from switchboard.orders.returns import ExchangeItems, ReturnItems
from switchboard.orders.rules import ZERO
from switchboard.orders.wire import dump_act


def acts_of_version_1(act: Act, order: Order) -> list[dict[str, Any]]:
    """What version 1 has to be sent for an act, in order.

    Raises:
        OrderSystemWrong: version 1 has no such act, or not with another means of payment.
    """
    if isinstance(act, ChangeItems):
        return [_change(act, index) for index in range(len(act.changes))]
    if isinstance(act, ReturnItems):
        return [dump_act(case) for case in _returns(act, order)]
    if isinstance(act, ExchangeItems):
        parts = [(change.line, change.sku) for change in act.changes]
        return [dump_act(OpenCase(CaseKind.EXCHANGE, line, sku, ZERO)) for line, sku in parts]
    if isinstance(act, ChangeAddress):
        return [{"type": act.type, "address": str(act.address)}]
    if isinstance(act, Cancel):
        return [{"type": act.type, "fee": f"{act.fee:.2f}"}]
    if act.type in ("open_case", "issue_invoice"):
        return [dump_act(act)]
    raise OrderSystemWrong(f"contract version 1 has no act {act.type}")


def _change(act: ChangeItems, index: int) -> dict[str, Any]:
    change = act.changes[index]
    if change.sku != change.line:
        raise OrderSystemWrong("contract version 1 has no variants")
    return {"type": "change_item", "sku": change.sku, "quantity": change.quantity}


def _returns(act: ReturnItems, order: Order) -> list[OpenCase]:
    """A case for each line; the amount is on the first, since its parts are the policy's."""
    if act.refund_to and act.refund_to != order.payment_method:
        raise OrderSystemWrong("contract version 1 refunds the way it was paid")
    return [
        OpenCase(CaseKind.RETURN, part.line, part.reason, ZERO if index else act.amount)
        for index, part in enumerate(act.lines)
    ]
