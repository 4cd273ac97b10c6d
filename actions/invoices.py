"""The invoice of an order: the existing one, or a new one after a yes."""

from __future__ import annotations

from typing_extensions import override

from actions.action_services import ActionServices
from actions.order_form import order_skill
from actions.order_task import OrderTask, Telling, Wish
from switchboard.orders.invoices import IssueInvoice, assess_invoice
from switchboard.orders.model import Order
from switchboard.orders.rules import Assessment, Quote


@order_skill
class GetInvoice(OrderTask):
    """Issue an invoice, or show the existing one."""

    name = "get_invoice"
    refusals = ("cancelled",)
    answers = ("check_invoice",)

    async def confirmable(self, order: Order, services: ActionServices) -> bool:
        """Only issuing needs a yes."""
        return await services.orders.invoice(order.number) is None

    @override
    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        return assess_invoice(order)

    @override
    def act(self, order: Order, wish: Wish, quote: Quote) -> IssueInvoice:
        return IssueInvoice()

    async def show(self, telling: Telling) -> None:
        """Number, sum and link."""
        invoice = await telling.services.orders.invoice(telling.order.number)
        if invoice is None:
            telling.say("say_order_changed")
            return
        telling.say(
            "say_get_invoice_done",
            invoice_number=invoice.number,
            invoice_url=invoice.url,
            total=telling.speech.money(invoice.total),
        )

    async def tell_done(self, telling: Telling, response: str, reference: str) -> None:
        """After issuing: the same text as for an existing invoice."""
        await self.show(telling)
