"""The tables of the embedded shop. Money is text with two decimals, times are ISO 8601."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()


def _of_order() -> sa.Column:
    return sa.Column(
        "order_number", sa.String(32), sa.ForeignKey("orders.number"), nullable=False, index=True
    )


customers = sa.Table(
    "customers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("phone_digits", sa.String(16), nullable=False),
    sa.Column("postcode", sa.String(16), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
)

payment_methods = sa.Table(
    "payment_methods",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False, index=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("label", sa.String(64), nullable=False),
    sa.Column("balance", sa.String(16)),
)

variants = sa.Table(
    "variants",
    metadata,
    sa.Column("sku", sa.String(32), primary_key=True),
    sa.Column("product_id", sa.String(32), nullable=False, index=True),
    sa.Column("product", sa.String(120), nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("price", sa.String(16), nullable=False),
    sa.Column("stock", sa.Integer, nullable=False),
)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("number", sa.String(32), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("placed_at", sa.String(40), nullable=False),
    sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("delivery", sa.String(16), nullable=False),
    sa.Column("delivery_fee", sa.String(16), nullable=False),
    sa.Column("payment", sa.String(32), nullable=False),
    sa.Column("payment_method", sa.String(32), nullable=False, server_default=""),
    sa.Column("paid", sa.Boolean, nullable=False),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_order(),
    sa.Column("sku", sa.String(32), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Column("unit_price", sa.String(16), nullable=False),
    sa.Column("returnable", sa.Boolean, nullable=False),
    sa.Column("line", sa.String(40), nullable=False),
    sa.Column("product_id", sa.String(32), nullable=False, server_default=""),
    sa.Column("options", sa.JSON, nullable=False, server_default="{}"),
    sa.UniqueConstraint("order_number", "line"),
)

shipments = sa.Table(
    "shipments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_order(),
    sa.Column("carrier", sa.String(64), nullable=False),
    sa.Column("tracking", sa.String(64), nullable=False),
    sa.Column("shipped_at", sa.String(40), nullable=False),
    sa.Column("expected_on", sa.String(16), nullable=False),
    sa.Column("delivered_at", sa.String(40)),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_order(),
    sa.Column("reference", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("sku", sa.String(32)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("opened_at", sa.String(40), nullable=False),
)

refunds = sa.Table(
    "refunds",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_order(),
    sa.Column("reference", sa.String(16), nullable=False),
    sa.Column("amount", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("method", sa.String(32), nullable=False),
    sa.Column("requested_at", sa.String(40), nullable=False),
    sa.Column("paid_at", sa.String(40)),
)

invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_order(),
    sa.Column("number", sa.String(32), nullable=False, unique=True),
    sa.Column("issued_on", sa.String(16), nullable=False),
)

acts = sa.Table(  # the audit trail: written in the act's transaction, never changed
    "acts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _of_order(),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("reference", sa.String(32), nullable=False),
    sa.Column("actor", sa.String(255), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
)
