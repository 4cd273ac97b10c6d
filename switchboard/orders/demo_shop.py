"""The embedded order system: a small shop in one SQLite file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from switchboard.clock import utc_now
from switchboard.database.connection import open_engine
from switchboard.errors import OrderSystemDown
from switchboard.orders import demo_tables as t
from switchboard.orders.demo_rows import read_invoice, read_order, read_refund
from switchboard.orders.model import (
    Act,
    Cancel,
    CaseKind,
    ChangeAddress,
    ChangeItem,
    Conflict,
    Invoice,
    IssueInvoice,
    OpenCase,
    Order,
    Receipt,
    Refund,
    RefundState,
)
from switchboard.orders.wire import act_name, dump_act
from switchboard.references import new_reference

T = TypeVar("T")
_PREFIX = {
    CaseKind.RETURN: "R",
    CaseKind.EXCHANGE: "X",
    CaseKind.DAMAGE: "D",
    CaseKind.REFUND: "RF",
}


class SqliteOrderSystem:
    """`OrderSystem` on an SQLite file. Calls run in threads, so the event loop stays free."""

    def __init__(self, url: str, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = open_engine(url)
        self._clock = clock
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

    async def find(self, number: str) -> Order | None:
        """See `OrderSystem`."""
        return await self._run(lambda db: read_order(db, number))

    async def refunds(self, number: str) -> list[Refund]:
        """See `OrderSystem`."""
        query = (
            sa.select(t.refunds)
            .where(t.refunds.c.order_number == number)
            .order_by(t.refunds.c.requested_at.desc())
        )
        return await self._run(lambda db: [read_refund(row) for row in db.execute(query)])

    async def invoice(self, number: str) -> Invoice | None:
        """See `OrderSystem`."""
        return await self._run(lambda db: read_invoice(db, number))

    async def perform(
        self, number: str, version: int, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        """See `OrderSystem`."""
        try:
            return await self._run(lambda db: self._perform(db, number, version, act, key, actor))
        except IntegrityError:  # another process did the same act between our look and our write
            done = await self._run(lambda db: _done_before(db, key))
            return done or Conflict()

    async def close(self) -> None:
        """See `OrderSystem`."""
        self.engine.dispose()

    def _perform(
        self, db: Connection, number: str, version: int, act: Act, key: str, actor: str
    ) -> Receipt | Conflict:
        done = _done_before(db, key)
        if done:
            return done
        # Taking the version first takes the write lock: of two at once, one finds no row.
        taken = db.execute(
            sa.update(t.orders)
            .where(t.orders.c.number == number, t.orders.c.version == version)
            .values(version=version + 1)
        )
        if not taken.rowcount:
            return Conflict()
        now = self._clock()
        reference = _apply(db, number, act, now)
        db.execute(
            sa.insert(t.acts).values(
                key=key,
                order_number=number,
                kind=act_name(act),
                details=json.dumps(dump_act(act)),
                reference=reference,
                actor=actor,
                at=now.isoformat(),
            )
        )
        return Receipt(reference, repeated=False)


def _done_before(db: Connection, key: str) -> Receipt | None:
    row = db.execute(sa.select(t.acts.c.reference).where(t.acts.c.key == key)).first()
    return Receipt(row.reference, repeated=True) if row else None


def _apply(db: Connection, number: str, act: Act, now: datetime) -> str:
    """Change the rows for `act`; the reference for the customer."""
    if isinstance(act, IssueInvoice):
        existing = read_invoice(db, number)
        return existing.number if existing else _make_invoice(db, number, now.date())
    if isinstance(act, OpenCase):
        reference = new_reference(_PREFIX[act.kind])
        _open_case(db, number, act, reference, now)
        return reference
    reference = new_reference("C")
    if isinstance(act, Cancel):
        order = read_order(db, number)
        db.execute(sa.update(t.orders).where(t.orders.c.number == number).values(state="cancelled"))
        if order is not None and order.paid:
            _add_refund(db, order, reference, order.total - act.fee, RefundState.APPROVED, now)
    elif isinstance(act, ChangeAddress):
        db.execute(
            sa.update(t.orders).where(t.orders.c.number == number).values(address=act.address)
        )
    elif isinstance(act, ChangeItem):
        mine = (t.items.c.order_number == number) & (t.items.c.sku == act.sku)
        if act.quantity:
            db.execute(sa.update(t.items).where(mine).values(quantity=act.quantity))
        else:
            db.execute(sa.delete(t.items).where(mine))
    return reference


def _open_case(db: Connection, number: str, act: OpenCase, reference: str, now: datetime) -> None:
    db.execute(
        sa.insert(t.cases).values(
            reference=reference,
            order_number=number,
            kind=act.kind.value,
            sku=act.sku,
            text=act.text,
            opened_at=now.isoformat(),
        )
    )
    order = read_order(db, number)
    if act.amount > 0 and order is not None and order.paid:
        _add_refund(db, order, reference, act.amount, RefundState.REQUESTED, now)


def _add_refund(
    db: Connection,
    order: Order,
    reference: str,
    amount: Decimal,
    state: RefundState,
    now: datetime,
) -> None:
    db.execute(
        sa.insert(t.refunds).values(
            reference=reference,
            order_number=order.number,
            amount=str(amount),
            state=state.value,
            method=order.payment,
            requested_at=now.isoformat(),
        )
    )


def _make_invoice(db: Connection, number: str, today: date) -> str:
    invoice = f"INV-{today.year}-{number}"
    db.execute(
        sa.insert(t.invoices).values(
            number=invoice, order_number=number, issued_on=today.isoformat()
        )
    )
    return invoice
