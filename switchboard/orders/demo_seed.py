"""Fills the demo shop: 300 customers and 1,500 orders in every state.

The same seed gives the same shop, and all times are relative to the moment of seeding. The orders
of `DEMO_ORDERS` are fixed; `docs/conversations.md` tells their stories.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from switchboard.clock import utc_now
from switchboard.orders import demo_tables as t
from switchboard.orders.contacts import normal_contact
from switchboard.orders.demo_orders import DEMO_ORDERS, Demo
from switchboard.orders.demo_shop import SqliteOrderSystem
from switchboard.settings import Settings
from switchboard.shop.catalogue import Catalogue, load_catalogue
from switchboard.shop.policy import Policy, load_policy
from switchboard.text.language import ENGLISH

CUSTOMERS = 300
ORDERS = 1500
FIRST_NUMBER = 4001
_SEED = 20250

_FIRST = """Aoife Ben Chiara Dara Elin Farid Grete Hugo Ines Jonas Katya Liam Mara Nils Orla Pavel
Quinn Rosa Sven Tara Uma Viktor Wanda Ximena Yusuf Zoe Anouk Bram Celine Dev""".split()
_LAST = """Ashgrove Brookhollow Calder Dunmere Eastley Fernsby Garrow Hollowell Irvane Jessop
Kettering Larkwell Marlowe Northam Oakden Pellow Quarrie Rushford Sorrel Thornby Underhay Vexley
Westbrook Yarrow""".split()
_STREETS = "Harbour Row,Mill Lane,Quay Street,Orchard Road,Station Hill,Canal Walk".split(",")
_TOWNS = "Dublin D02,Cork T12,Galway H91,Limerick V94,Lyon 69002,Utrecht 3511,Ghent 9000".split(",")
_CARRIERS = ("Northpost", "Parcelway")
_METHOD_NUMBERS = {"card": "P{}-1", "PayPal": "P{}-2"}
_PAYMENTS = ("card", "card", "card", "PayPal", "bank transfer")


class _Seeder:
    def __init__(self, db: Connection, catalogue: Catalogue, policy: Policy, now: datetime) -> None:
        self.db, self.catalogue, self.policy, self.now = db, catalogue.by_sku, policy, now
        self.random = random.Random(_SEED)  # noqa: S311  reproducible on purpose
        self.customers: dict[str, int] = {}

    def run(self) -> None:
        self._variants()
        for demo in DEMO_ORDERS:
            self._demo(demo)
        for index in range(CUSTOMERS - len(self.customers)):
            self._customer(*self._person(index))
        taken = {demo.number for demo in DEMO_ORDERS}
        numbers = [str(FIRST_NUMBER + i) for i in range(ORDERS)]
        for number in numbers:
            if number not in taken:
                self._random_order(number)

    def _person(self, index: int) -> tuple[str, str, str]:
        first = _FIRST[index % len(_FIRST)]
        last = _LAST[(index // len(_FIRST) + index) % len(_LAST)]
        email = f"{first}.{last}.{index}@example.org".lower()
        return f"{first} {last}", email, f"+353 86 555 {1000 + index:04d}"

    def _customer(self, name: str, email: str, phone: str) -> int:
        if email not in self.customers:
            # Another source of chance, so that the orders stay those they were.
            where = random.Random(f"{_SEED} {email}")  # noqa: S311  reproducible on purpose
            town = where.choice(_TOWNS)
            result = self.db.execute(
                sa.insert(t.customers).values(
                    name=name,
                    email=email,
                    phone=phone,
                    phone_digits=normal_contact(phone),
                    postcode=town.split()[-1],
                    address=f"{where.randint(1, 90)} {where.choice(_STREETS)}, {town}",
                )
            )
            self.customers[email] = customer = int(result.inserted_primary_key[0])
            self._payment_methods(customer, where)
        return self.customers[email]

    def _payment_methods(self, customer: int, pick: random.Random) -> None:
        """A card and PayPal; every third customer has a gift card too."""
        card = f"visa {pick.randint(1000, 9999)}"
        methods: list[tuple[str, str, str | None]] = [("card", card, None), ("PayPal", "", None)]
        if customer % 3 == 0:
            methods.append(("gift card", str(pick.randint(1000, 9999)), "40.00"))
        for number, (kind, label, balance) in enumerate(methods, start=1):
            self.db.execute(
                sa.insert(t.payment_methods).values(
                    id=f"P{customer}-{number}",
                    customer_id=customer,
                    kind=kind,
                    label=label,
                    balance=balance,
                )
            )

    def _variants(self) -> None:
        """The variants of the catalogue, and each product as one of its own."""
        for product in self.catalogue.values():
            for variant in product.variants:
                self.db.execute(
                    sa.insert(t.variants).values(
                        sku=variant.sku,
                        product_id=product.sku,
                        product=product.names[ENGLISH],
                        options=dict(variant.options),
                        price=f"{variant.price:.2f}",
                        stock=variant.stock,
                    )
                )

    def _demo(self, demo: Demo) -> None:
        self._order(
            demo.number,
            self._customer(demo.name, demo.email, demo.phone),
            demo.state,
            (demo.placed, demo.shipped, demo.delivered),
            list(demo.lines),
            ("standard", "card", demo.paid),
        )

    def _random_order(self, number: str) -> None:
        pick = self.random
        customer = pick.choice(list(self.customers.values())[3:])
        states = ("placed", "packed", "shipped", "delivered", "cancelled")
        state = pick.choices(states, (8, 8, 14, 60, 10))[0]
        ages = {
            "placed": (0.01, 1.0),
            "packed": (0.5, 2.0),
            "shipped": (2.0, 14.0),
            "delivered": (5.0, 120.0),
            "cancelled": (1.0, 90.0),
        }
        placed = pick.uniform(*ages[state])
        shipped = placed - pick.uniform(0.5, 2) if state in ("shipped", "delivered") else None
        delivered = None
        if state == "delivered" and shipped is not None:
            delivered = max(shipped - pick.uniform(1, 5), 0.05)
        skus = pick.sample(list(self.catalogue), pick.choice((1, 1, 1, 2, 2, 3, 4)))
        self._order(
            number,
            customer,
            state,
            (
                timedelta(days=placed),
                None if shipped is None else timedelta(days=max(shipped, 0.1)),
                None if delivered is None else timedelta(days=delivered),
            ),
            [(sku, pick.choice((1, 1, 1, 2, 2, 4))) for sku in skus],
            (
                pick.choice(("standard", "standard", "express", "pickup")),
                pick.choice(_PAYMENTS),
                state != "placed" or pick.random() > 0.3,
            ),
        )

    def _order(
        self,
        number: str,
        customer: int,
        state: str,
        ages: tuple[timedelta, timedelta | None, timedelta | None],
        lines: list[tuple[str, int]],
        terms: tuple[str, str, bool],
    ) -> None:
        delivery, payment, paid = terms
        goods = sum((self.catalogue[sku].price * count for sku, count in lines), Decimal(0))
        fee = self.policy.amount("delivery", f"{delivery}_fee")
        if delivery == "standard" and goods >= self.policy.amount("delivery", "free_from"):
            fee = Decimal("0.00")
        placed = self.now - ages[0]
        address = (
            f"{self.random.randint(1, 90)} {self.random.choice(_STREETS)}, "
            f"{self.random.choice(_TOWNS)}"
        )
        self.db.execute(
            sa.insert(t.orders).values(
                number=number,
                version=1,
                state=state,
                placed_at=placed.isoformat(timespec="seconds"),
                customer_id=customer,
                address=address,
                delivery=delivery,
                delivery_fee=f"{fee:.2f}",
                payment=payment,
                payment_method=_METHOD_NUMBERS.get(payment, "P{}-1").format(customer),
                paid=paid,
            )
        )
        self._lines(number, lines)
        if ages[1] is not None:
            self._shipment(number, self.now - ages[1], ages[2])
            self._invoice(number, placed)
        if state == "cancelled" and paid:
            self._refund(number, goods + fee, payment, placed + timedelta(hours=3))

    def _lines(self, number: str, lines: list[tuple[str, int]]) -> None:
        for sku, count in lines:
            entry = self.catalogue[sku]
            self.db.execute(
                sa.insert(t.items).values(
                    order_number=number,
                    sku=sku,
                    name=entry.names[ENGLISH],
                    quantity=count,
                    unit_price=f"{entry.price:.2f}",
                    returnable=entry.returnable,
                    line=sku,
                    product_id=sku if entry.variants else "",
                    options=dict(entry.options),
                )
            )

    def _shipment(self, number: str, shipped: datetime, delivered: timedelta | None) -> None:
        self.db.execute(
            sa.insert(t.shipments).values(
                order_number=number,
                carrier=self.random.choice(_CARRIERS),
                tracking=f"NP{self.random.randint(10**9, 10**10 - 1)}",
                shipped_at=shipped.isoformat(timespec="seconds"),
                expected_on=(shipped + timedelta(days=5)).date().isoformat(),
                delivered_at=None
                if delivered is None
                else (self.now - delivered).isoformat(timespec="seconds"),
            )
        )

    def _invoice(self, number: str, placed: datetime) -> None:
        self.db.execute(
            sa.insert(t.invoices).values(
                number=f"INV-{placed.year}-{number}",
                order_number=number,
                issued_on=placed.date().isoformat(),
            )
        )

    def _refund(self, number: str, amount: Decimal, payment: str, asked: datetime) -> None:
        paid = asked + timedelta(days=3)
        self.db.execute(
            sa.insert(t.refunds).values(
                order_number=number,
                reference=f"C-{number}",
                amount=f"{amount:.2f}",
                state="paid" if paid < self.now else "approved",
                method=payment,
                requested_at=asked.isoformat(timespec="seconds"),
                paid_at=paid.isoformat(timespec="seconds") if paid < self.now else None,
            )
        )


def seed(engine: Engine, data_dir: Path, now: datetime) -> None:
    """Replace the content of the database with the demo shop."""
    t.metadata.drop_all(engine)
    t.metadata.create_all(engine)
    policy = load_policy(data_dir / "policy.yml")
    catalogue = load_catalogue(data_dir / "catalogue.yml")
    with engine.begin() as db:
        _Seeder(db, catalogue, policy, now).run()


def fill_if_empty(settings: Settings) -> bool:
    """Seed the embedded shop if it has no orders; whether it did."""
    book = SqliteOrderSystem(settings.orders_url)
    with book.engine.connect() as db:
        count = db.execute(sa.select(sa.func.count()).select_from(t.orders)).scalar_one()
    if not count:
        seed(book.engine, settings.data_dir, utc_now())
    return not count


def reseed(settings: Settings) -> None:
    """Seed the embedded shop again."""
    seed(SqliteOrderSystem(settings.orders_url).engine, settings.data_dir, utc_now())
