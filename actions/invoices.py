"""The invoice of an order: the one that exists, or a new one after a yes."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.action_services import ActionServices
from actions.order_form import PerformOrderTask, ValidateOrderForm
from actions.order_task import OrderTask, Wish
from switchboard.orders.model import IssueInvoice, Order
from switchboard.orders.rules import Assessment, Quote, assess_invoice
from switchboard.shop.speech import Speech


class GetInvoice(OrderTask):
    """Please issue one, or show me mine."""

    name = "get_invoice"

    async def confirmable(self, order: Order, services: ActionServices) -> bool:
        """Only issuing needs a yes."""
        return await services.orders.invoice(order.number) is None

    def assess(self, order: Order, wish: Wish, services: ActionServices) -> Assessment:
        """See `OrderTask`."""
        return assess_invoice(order)

    def act(self, order: Order, wish: Wish, quote: Quote) -> IssueInvoice:
        """See `OrderTask`."""
        return IssueInvoice()


class ValidateGetInvoiceForm(ValidateOrderForm):
    """Collects the order and the proof."""

    task = GetInvoice()


class ActionGetInvoice(PerformOrderTask):
    """Gives the link."""

    task = GetInvoice()

    async def tell(
        self,
        dispatcher: CollectingDispatcher,
        order: Order,
        response: str,
        facts: dict[str, str],
        speech: Speech,
    ) -> None:
        """After issuing: the same sentence as for an invoice that existed."""
        await self.show(dispatcher, order, facts, speech)

    async def show(
        self,
        dispatcher: CollectingDispatcher,
        order: Order,
        facts: dict[str, str],
        speech: Speech,
    ) -> None:
        """Number, sum and link."""
        invoice = await self.services.orders.invoice(order.number)
        if invoice is None:
            dispatcher.utter_message(response="say_order_changed", **facts)
            return
        dispatcher.utter_message(
            response="say_get_invoice_done",
            order_number=order.number,
            invoice_number=invoice.number,
            invoice_url=invoice.url,
            total=speech.money(invoice.total),
        )
