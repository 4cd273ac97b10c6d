"""The invoice of an order: the existing one, or a new one after a yes."""

from __future__ import annotations

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import OrderTask, TaskReply, Wish
from switchboard.orders.invoices import IssueInvoice, assess_invoice
from switchboard.orders.model import Order
from switchboard.orders.rules import Assessment, Quote


@order_skill
class GetInvoice(OrderTask):
    """Issue an invoice, or show the existing one."""

    name = "get_invoice"
    acts = (IssueInvoice,)
    refusals = ("cancelled",)

    async def confirmable(self, order: Order, services: ActionServices) -> bool:
        """Only issuing needs a yes."""
        return await services.orders.invoice(order.number) is None

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_invoice(order)

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> IssueInvoice:
        return IssueInvoice()

    async def show(self, reply: TaskReply) -> None:
        """Number, sum and link."""
        invoice = await reply.services.orders.invoice(reply.order.number)
        if invoice is None:
            reply.say("say_order_changed")
            return
        reply.say(
            "say_get_invoice_done",
            invoice_number=invoice.number,
            invoice_url=invoice.url,
            total=reply.speech.money(invoice.total),
        )

    async def report_done(self, reply: TaskReply, response: str, reference: str) -> None:
        """After issuing: the same text as for an existing invoice."""
        await self.show(reply)
