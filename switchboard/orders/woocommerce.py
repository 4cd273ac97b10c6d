"""A WooCommerce shop as the order system, by its published REST API, version 3."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import httpx
from async_timeout import timeout as time_limit
from typing_extensions import override

from switchboard.clock import utc_now
from switchboard.errors import ConfigurationError, OrderSystemDown, OrderSystemWrong
from switchboard.observing.outside_calls import order_call
from switchboard.orders.acts import Act
from switchboard.orders.contacts import normal_contact
from switchboard.orders.http_orders import HttpOrderSystem, read_body
from switchboard.orders.model import (
    Conflict,
    Customer,
    Invoice,
    Order,
    ProductLine,
    Receipt,
    Refund,
)
from switchboard.orders.order_system import CustomerQuery
from switchboard.orders.postal import PostalAddress
from switchboard.orders.rules import Quote, Refusal
from switchboard.orders.woocommerce_acts import OrderSheet, changes_to, kept_of, note_of
from switchboard.orders.woocommerce_wire import (
    act_done,
    by_article,
    customer_on,
    id_of,
    is_order,
    load_customer,
    load_order,
    load_product,
    load_refunds,
    number_of,
    rows,
)

PATH = "/wp-json/wc/v3"
MOST_CUSTOMERS, MOST_ORDERS = 20, 30
_PAGE, _MOST_PAGES = 100, 5
_OF_A_VARIATION = (
    "id,sku,price,status,purchasable,attributes"
    ",manage_stock,stock_quantity,stock_status,backorders_allowed"
)
_LONGEST_ID = 18
_OURS = "woocommerce_rest_"
"""What the codes of the API's own errors begin with."""
T = TypeVar("T")


class WooCommerceOrderSystem(HttpOrderSystem):
    """`OrderSystem` on WooCommerce; `token` is `consumer_key:consumer_secret`.

    `pending`, `on-hold` and `processing` are placed; `completed` is shipped and delivered, both at
    the moment of completion, the only one that WooCommerce knows; `refunded` is delivered, with
    refunds; `cancelled` and `failed` are cancelled.

    Cancelling and changing are done in the shop. Returns, exchanges, reports of damage and refunds
    are requests to the staff: a note on the order, told before anything is changed, and meta data
    by which they are read back. No money is ever moved. WooCommerce has no conditional change: the
    order is read and compared right before it is changed, and acts on one order wait for each other
    within this process.

    Raises:
        ConfigurationError: the token is not a key and a secret.
    """

    def __init__(
        self,
        base_url: str,
        token: str = "",
        timeout: float = 4.0,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        key, colon, secret = token.partition(":")
        if not (key and colon and secret):
            raise ConfigurationError(
                "SWITCHBOARD_ORDERS_TOKEN: WooCommerce needs consumer_key:consumer_secret"
            )
        super().__init__(
            base_url.rstrip("/").removesuffix(PATH) + PATH, timeout=timeout, transport=transport
        )
        self._client.auth = httpx.BasicAuth(key, secret)
        self._client.event_hooks = {"response": [_check_not_found]}
        self._clock = clock
        self._busy: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @override
    async def find(self, number: str) -> Order | None:
        data = await self._within(self._order(number))
        return None if data is None else load_order(data)

    @override
    async def find_customers(self, query: CustomerQuery) -> list[Customer]:
        """By the account's e-mail, or by the name and postcode or the phone on it, for which the
        orders are searched; guests are found by their order's number alone."""
        query = CustomerQuery(**{name: told.strip() for name, told in vars(query).items()})
        if query.email:
            found = await self._within(self._with_email(query.email))
        elif query.phone or (query.name and query.postcode):
            found = await self._within(self._billed_to(query))
        else:
            return []
        return [customer for customer in found if customer.id and _fits(customer, query)]

    @override
    async def customer(self, customer_id: str) -> Customer | None:
        if not _is_id(customer_id):
            return None
        data = await self._read(f"/customers/{customer_id}")
        return None if data is None else load_customer(data)

    @override
    async def orders_of(self, customer_id: str) -> list[Order]:
        if not _is_id(customer_id):
            return []
        newest = {"orderby": "date", "order": "desc", "per_page": str(MOST_ORDERS)}
        found = rows(await self._read("/orders", {"customer": customer_id, **newest}) or [])
        orders = [load_order(data) for data in found if is_order(data)]
        own = (order for order in orders if order.customer.id == customer_id)
        return sorted(own, key=lambda order: order.placed_at, reverse=True)

    @override
    async def product(self, product_id: str) -> ProductLine | None:
        if not _is_id(product_id):
            return None
        found = await self._within(self._articles(product_id))
        return None if found is None else load_product(*found)

    @override
    async def products(self) -> list[ProductLine]:
        return []  # `data/catalogue.yml` stands in: hundreds of pages are no question of a chat

    @override
    async def change_default_address(
        self, customer_id: str, address: PostalAddress, key: str, actor: str
    ) -> Receipt:
        raise OrderSystemWrong("the account's address is changed in the shop itself")

    @override
    async def quote(self, order: Order, act: Act) -> Quote | Refusal | None:
        return None  # WooCommerce has no terms for this: the shop's policy decides

    @override
    async def refunds(self, number: str) -> list[Refund]:
        return await self._within(self._refunds(number))

    @override
    async def invoice(self, number: str) -> Invoice | None:
        return None  # WooCommerce itself issues none

    @override
    async def perform(
        self, number: str, version: str, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        async with self._busy.setdefault(number, asyncio.Lock()):
            data = await self._within(self._order(number))
            if data is None:
                return Conflict()
            done = act_done(data, key)
            if done is not None:
                return Receipt(done, repeated=True)
            order = load_order(data)
            if order.version != version:
                return Conflict()
            if order.allows is not None and act.type not in order.allows:
                raise OrderSystemWrong(f"WooCommerce has no act {act.type} on such an order")
            return Receipt(await self._do(data, order, act, key, actor), repeated=False)

    async def _do(
        self, data: Mapping[str, Any], order: Order, act: Act, key: str, actor: str
    ) -> str:
        """Tell the staff, then change the order; each is sent once."""
        sheet = OrderSheet(order, self._clock())
        reference = act.apply(sheet)
        articles = await self._within(self._articles_for(sheet))
        fields = changes_to(data, sheet, articles)
        path = f"/orders/{id_of(data)}"
        note = {"note": note_of(act, sheet, reference, actor), "customer_note": False}
        await self._send("POST", f"{path}/notes", note)
        kept = kept_of(sheet, reference, key)
        changed = await self._send("PUT", path, {**fields, "meta_data": kept})
        if act_done(changed, key) != reference:
            raise OrderSystemWrong("WooCommerce did not keep what was done")
        return reference

    async def _order(self, number: str) -> Mapping[str, Any] | None:
        """The order that customers know by this number, which a plugin may have given it."""
        found = []
        if _is_id(number):
            data = await self._read(f"/orders/{number}")
            if data is not None and id_of(data) != number:
                raise OrderSystemWrong("another order than the one asked for")
            found = [] if data is None else [data]
        if not any(number_of(data) == number for data in found):
            found = await self._search(number) if number.strip() else []
        return next((d for d in found if number_of(d) == number and is_order(d)), None)

    async def _search(self, words: str) -> list[Mapping[str, Any]]:
        """The orders on which these words stand, newest first."""
        return rows(await self._read("/orders", {"search": words, "per_page": str(MOST_ORDERS)}))

    async def _with_email(self, email: str) -> list[Customer]:
        found = await self._read("/customers", {"email": email, "role": "all"})
        return [load_customer(data) for data in rows(found)]

    async def _billed_to(self, query: CustomerQuery) -> list[Customer]:
        """The accounts behind the orders that were billed to such a person."""
        for words in _searches(query):
            billed = [customer_on(data) for data in await self._search(words)]
            ids = dict.fromkeys(one.id for one in billed if one.id and _fits(one, query))
            accounts = [await self.customer(id) for id in list(ids)[:MOST_CUSTOMERS]]
            found = [account for account in accounts if account and _fits(account, query)]
            if found:
                return found
        return []

    async def _articles(self, product_id: str) -> tuple[Any, dict[str, Mapping[str, Any]]] | None:
        """A product and its variations by article number; None where it has none."""
        product = await self._read(f"/products/{product_id}")
        if product is None or id_of(product) != product_id:
            return None
        variations: list[Mapping[str, Any]] = []
        for page in range(1, _MOST_PAGES + 1):
            query = {"per_page": str(_PAGE), "page": str(page), "_fields": _OF_A_VARIATION}
            found = rows(await self._read(f"/products/{product_id}/variations", query) or [])
            variations.extend(found)
            if len(found) < _PAGE:
                break
        return (product, by_article(product, variations)) if variations else None

    async def _articles_for(self, sheet: OrderSheet) -> dict[str, Mapping[str, Any]]:
        """The variations of the products whose lines get another article."""
        other = [line for line, sku in sheet.articles.items() if sheet.line(line).sku != sku]
        ids = {sheet.line(line).product_id for line in other} - {""}
        found = [await self._articles(product_id) for product_id in sorted(ids)]
        return {sku: data for entry in found if entry for sku, data in entry[1].items()}

    async def _refunds(self, number: str) -> list[Refund]:
        order = await self._order(number)
        if order is None:
            return []
        path = f"/orders/{id_of(order)}/refunds"
        paid = await self._read(path, {"per_page": str(_PAGE)}) if order.get("refunds") else []
        return load_refunds(order, rows(paid or []))

    async def _within(self, reads: Awaitable[T]) -> T:
        """What several reads find, all of them within the one time limit."""
        try:
            async with time_limit(self._timeout):
                return await reads
        except asyncio.TimeoutError as error:
            raise OrderSystemDown("order system: no time") from error

    async def _send(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Send a change once."""
        try:
            with order_call() as call:
                asked = self._client.request(method, path, json=body, headers=call.headers)
                answer = await asyncio.wait_for(asked, self._timeout)
                call.answered(answer.status_code)
        except (httpx.HTTPError, asyncio.TimeoutError) as error:
            raise OrderSystemDown(f"order system: {type(error).__name__}") from error
        return read_body(answer)


async def _check_not_found(answer: httpx.Response) -> None:
    """Tell an order that is not there from an address where no WooCommerce is."""
    if answer.status_code != 404:
        return
    await answer.aread()
    try:
        code = answer.json()["code"]
    except (ValueError, KeyError, TypeError):
        code = ""
    if not str(code).startswith(_OURS):
        raise OrderSystemWrong("order system: no WooCommerce API at this address")


def _is_id(value: str) -> bool:
    """Whether it can be one of WooCommerce's ids; nothing else gets into a path."""
    return value.isascii() and value.isdigit() and value[0] != "0" and len(value) <= _LONGEST_ID


def _searches(query: CustomerQuery) -> Iterable[str]:
    """The words to search orders for: a phone may be written in groups on some, not on others."""
    if not query.phone:
        return [query.name]
    digits = normal_contact(query.phone)
    return dict.fromkeys([query.phone, digits, digits[-4:]]) if digits else []


def _fits(customer: Customer, query: CustomerQuery) -> bool:
    """Whether all that the query names stands on a customer."""
    told = [
        (_plain(query.email), _plain(customer.email)),
        (normal_contact(query.phone), normal_contact(customer.phone)),
        (_plain(query.name), _plain(customer.name)),
        (_plain(query.postcode).replace(" ", ""), _plain(customer.postcode).replace(" ", "")),
    ]
    return all(known == asked for asked, known in told if asked)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
