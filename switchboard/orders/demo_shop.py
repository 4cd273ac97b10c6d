"""The embedded order system: a small shop in one SQLite file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from typing_extensions import override

from switchboard.clock import utc_now
from switchboard.database.connection import open_engine
from switchboard.errors import OrderSystemDown, OrderSystemWrong
from switchboard.orders import demo_tables as t
from switchboard.orders.acts import Act, OpenCase, ShopFloor
from switchboard.orders.demo_rows import (
    find_customers,
    read_customer,
    read_invoice,
    read_order,
    read_orders_of,
    read_product,
    read_products,
    read_refund,
)
from switchboard.orders.model import (
    Conflict,
    Customer,
    Invoice,
    Item,
    Order,
    OrderState,
    ProductLine,
    Receipt,
    Refund,
    RefundState,
)
from switchboard.orders.order_system import CustomerQuery, OrderSystem
from switchboard.orders.postal import PostalAddress
from switchboard.orders.rules import Quote, Refusal
from switchboard.orders.wire import dump_act
from switchboard.references import new_reference

T = TypeVar("T")


class SqliteOrderSystem(OrderSystem):
    """`OrderSystem` on an SQLite file. Calls run in threads, so the event loop stays free."""

    def __init__(self, url: str, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = open_engine(url)
        self._clock = clock
        _leave_older_tables(self.engine)
        t.metadata.create_all(self.engine)

    async def _run(self, call: Callable[[Connection], T]) -> T:
        def work() -> T:
            with self.engine.begin() as db:
                return call(db)

        try:
            return await asyncio.to_thread(work)
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise OrderSystemDown(f"order database: {type(error).__name__}") from error

    @property
    @override
    def finds_customers(self) -> bool:
        return True

    @override
    async def find(self, number: str) -> Order | None:
        return await self._run(lambda db: read_order(db, number))

    @override
    async def find_customers(self, query: CustomerQuery) -> list[Customer]:
        return await self._run(lambda db: find_customers(db, query))

    @override
    async def customer(self, customer_id: str) -> Customer | None:
        return await self._run(lambda db: read_customer(db, customer_id))

    @override
    async def orders_of(self, customer_id: str) -> list[Order]:
        return await self._run(lambda db: read_orders_of(db, customer_id))

    @override
    async def product(self, product_id: str) -> ProductLine | None:
        return await self._run(lambda db: read_product(db, product_id))

    @override
    async def products(self) -> list[ProductLine]:
        return await self._run(read_products)

    @override
    async def change_default_address(
        self, customer_id: str, address: PostalAddress, key: str, actor: str
    ) -> Receipt:
        return await self._run(lambda db: _keep_address(db, customer_id, address, key))

    @override
    async def quote(self, order: Order, act: Act) -> Quote | Refusal | None:
        return None  # the demo shop's terms are those of data/policy.yml

    @override
    async def refunds(self, number: str) -> list[Refund]:
        query = (
            sa.select(t.refunds)
            .where(t.refunds.c.order_number == number)
            .order_by(t.refunds.c.requested_at.desc())
        )
        return await self._run(lambda db: [read_refund(row) for row in db.execute(query)])

    @override
    async def invoice(self, number: str) -> Invoice | None:
        return await self._run(lambda db: read_invoice(db, number))

    @override
    async def perform(
        self, number: str, version: str, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        try:
            return await self._run(lambda db: self._perform(db, number, version, act, key, actor))
        except IntegrityError:  # another process did the same act since the check
            done = await self._run(lambda db: _done_before(db, key))
            return done or Conflict()

    @override
    async def close(self) -> None:
        self.engine.dispose()

    def _perform(
        self, db: Connection, number: str, version: str, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        done = _done_before(db, key)
        if done:
            return done
        # Updating the version first takes the write lock: of two at once, one finds no row.
        taken = db.execute(
            sa.update(t.orders)
            .where(t.orders.c.number == number, t.orders.c.version == _counted(version))
            .values(version=t.orders.c.version + 1)
        )
        if not taken.rowcount:
            return Conflict()
        now = self._clock()
        reference = act.apply(_Floor(db, number, now))
        db.execute(
            sa.insert(t.acts).values(
                key=key,
                order_number=number,
                kind=act.type,
                details=json.dumps(dump_act(act)),
                reference=reference,
                actor=actor,
                at=now.isoformat(),
            )
        )
        return Receipt(reference, repeated=False)


def _keep_address(db: Connection, customer_id: str, address: PostalAddress, key: str) -> Receipt:
    """The reference follows from the key, so that a repetition changes nothing."""
    mine = t.customers.c.id == (int(customer_id) if customer_id.isdigit() else -1)
    before = db.execute(sa.select(t.customers.c.address).where(mine)).scalar()
    values = {"address": str(address), "postcode": address.postcode}
    done = db.execute(sa.update(t.customers).where(mine).values(**values))
    if not done.rowcount:
        raise OrderSystemWrong("no such customer")
    return Receipt(f"A-{key[:6].upper()}", repeated=before == str(address))


def _counted(version: str) -> int:
    """The demo shop's versions are counts; another word is none of them."""
    return int(version) if version.isascii() and version.isdigit() else -1


def _leave_older_tables(engine: Engine) -> None:
    """Drop the tables of an earlier version: what is in them was seeded and is seeded again."""
    with engine.connect() as db:
        inspector = sa.inspect(db)
        tables = set(inspector.get_table_names())
        if "items" not in tables:
            return
        known = {column["name"] for column in inspector.get_columns("items")}
    if "line" not in known:
        t.metadata.drop_all(engine)


def _done_before(db: Connection, key: str) -> Receipt | None:
    row = db.execute(sa.select(t.acts.c.reference).where(t.acts.c.key == key)).first()
    return Receipt(row.reference, repeated=True) if row else None


class _Floor(ShopFloor):
    """One order's rows, within a transaction."""

    def __init__(self, db: Connection, number: str, now: datetime) -> None:
        self._db, self._number, self._now = db, number, now

    @property
    @override
    def now(self) -> datetime:
        return self._now

    @property
    @override
    def order(self) -> Order:
        order = read_order(self._db, self._number)
        if order is None:  # its version was just updated
            raise OrderSystemDown("an order vanished while it was changed")
        return order

    @override
    def new_reference(self, prefix: str) -> str:
        return new_reference(prefix)

    @override
    def set_state(self, state: OrderState) -> None:
        self._set(state=state.value)

    @override
    def set_address(self, address: PostalAddress) -> None:
        self._set(address=str(address))

    @override
    def set_payment(self, payment_method: str) -> None:
        mine = t.payment_methods.c.id == payment_method
        kind = self._db.execute(sa.select(t.payment_methods.c.kind).where(mine)).scalar_one()
        self._set(payment_method=payment_method, payment=kind)

    @override
    def line(self, line: str) -> Item:
        item = self.order.item(line)
        if item is None:
            raise OrderSystemWrong("no such line in the order")
        return item

    @override
    def set_quantity(self, line: str, quantity: int) -> None:
        mine = self._mine(line)
        change = sa.update(t.items).values(quantity=quantity) if quantity else sa.delete(t.items)
        self._db.execute(change.where(mine))

    @override
    def set_article(self, line: str, sku: str) -> None:
        if self.line(line).sku == sku:
            return
        row = self._db.execute(sa.select(t.variants).where(t.variants.c.sku == sku)).first()
        if row is None:
            raise OrderSystemWrong("no such article")
        values = {"sku": sku, "unit_price": row.price, "options": row.options}
        self._db.execute(sa.update(t.items).where(self._mine(line)).values(**values))

    def _mine(self, line: str) -> Any:
        item = self.line(line)
        return (t.items.c.order_number == self._number) & (t.items.c.line == item.line)

    @override
    def open_case(self, case: OpenCase, reference: str) -> None:
        row = {
            "reference": reference,
            "order_number": self._number,
            "kind": case.kind.value,
            "sku": case.sku,
            "text": case.text,
            "opened_at": self._now.isoformat(),
        }
        self._db.execute(sa.insert(t.cases).values(**row))

    @override
    def close_case(self, reference: str) -> None:
        for table in (t.cases, t.refunds):
            mine = (table.c.order_number == self._number) & (table.c.reference == reference)
            self._db.execute(sa.delete(table).where(mine))

    @override
    def add_refund(
        self, reference: str, amount: Decimal, state: RefundState, method: str = ""
    ) -> None:
        row = {
            "reference": reference,
            "order_number": self._number,
            "amount": str(amount),
            "state": state.value,
            "method": method or self.order.payment,
            "requested_at": self._now.isoformat(),
        }
        self._db.execute(sa.insert(t.refunds).values(**row))

    @override
    def issue_invoice(self) -> str:
        existing = read_invoice(self._db, self._number)
        if existing is not None:
            return existing.number
        today = self._now.date()
        number = f"INV-{today.year}-{self._number}"
        row = {"number": number, "order_number": self._number, "issued_on": today.isoformat()}
        self._db.execute(sa.insert(t.invoices).values(**row))
        return number

    def _set(self, **values: str) -> None:
        mine = t.orders.c.number == self._number
        self._db.execute(sa.update(t.orders).where(mine).values(**values))
