"""A WooCommerce shop that answers as its published REST API does, on loopback, with faults."""

from __future__ import annotations

import base64
import json
import threading
import time
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, unquote

from tests.fakes.http import FakeServer

ROOT = "/wp-json/wc/v3"
OPENED = datetime(2026, 3, 2, 9, 0, 0)


def not_found(kind):
    """What the API answers for something that is not there."""
    return 404, {"code": f"woocommerce_rest_{kind}", "message": "Invalid ID.", "data": {}}, {}


def meta(key, value, name=None, shown=None):
    """An entry of a line's meta data, with what people see of it."""
    told = {"display_key": name or key, "display_value": shown or value}
    return {"id": 7, "key": key, "value": value, **told}


def person(first, last, street, city, postcode, email="", phone=""):
    """A billing address."""
    return {
        "first_name": first,
        "last_name": last,
        "company": "",
        "address_1": street,
        "address_2": "",
        "city": city,
        "state": "",
        "postcode": postcode,
        "country": "IE",
        "email": email,
        "phone": phone,
    }


NOWHERE = {key: "" for key in person("", "", "", "", "") if key not in ("email", "phone")}


class FakeWooCommerce(FakeServer):
    """`fault`: None, slow, broken, not_json, wrong_shape, other_order, no_api, flaky (fails
    twice), busy_writes, lost_puts (done, and the answer lost), deaf_writes (answered, not kept).
    """

    def __init__(self, key: str = "ck_tea", secret: str = "cs_milk") -> None:
        super().__init__()
        handler = self._server.RequestHandlerClass
        handler.do_PUT = handler.do_POST
        wanted = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self.authorization = f"Basic {wanted}"
        self.orders, self.customers, self.products = {}, {}, {}
        self.variations, self.notes, self.paid_back = {}, {}, {}
        self.tax, self.prices_include_tax = Decimal("0"), True
        self.fault: str | None = None
        self.delay = 5.0
        self.clock_stands = False
        self._flaky = 0
        self._ids = 9000
        self._now = OPENED
        self._one_at_a_time = threading.RLock()

    def sent(self, method):
        """The paths and bodies of the requests by one method."""
        return [
            (path, json.loads(body) if body else None)
            for asked, path, _, body in self.requests
            if asked == method
        ]

    # What the shop has on file.

    def add_order(self, id, billing, lines, status="processing", **more):
        """An order with lines; its number is its id, as where no plugin gives another."""
        order = {
            "id": id,
            "number": str(id),
            "status": status,
            "currency": "EUR",
            "prices_include_tax": self.prices_include_tax,
            "customer_id": 0,
            "billing": billing,
            "shipping": dict(NOWHERE),
            "payment_method": "card_gateway",
            "payment_method_title": "Card",
            "date_created_gmt": "2026-03-01T10:00:00",
            "date_modified_gmt": "2026-03-01T10:00:00",
            "date_paid_gmt": "2026-03-01T10:00:05",
            "date_completed_gmt": None,
            "discount_total": "0.00",
            "discount_tax": "0.00",
            "shipping_total": "5.00",
            "shipping_tax": "0.00",
            "shipping_lines": [{"id": 1, "method_title": "Flat rate", "total": "5.00"}],
            "meta_data": [{"id": 1, "key": "_plugin_says", "value": {"a": ["mapping"]}}],
            "line_items": lines,
            "refunds": [],
        }
        order.update(more)
        self._total(order)
        self.orders[id] = order
        self.notes[id], self.paid_back[id] = [], []
        return order

    def add_product(self, id, name, sku="", **variations):
        """A variable product; each variation is an id with SKU, price, options and stock."""
        self.products[id] = {"id": id, "name": name, "sku": sku, "type": "variable"}
        self.variations[id] = [
            self._variation(int(number[1:]), *told) for number, told in variations.items()
        ]

    def _variation(self, id, sku, price, options, stock):
        return {
            "id": id,
            "sku": sku,
            "price": price,
            "status": "publish",
            "purchasable": True,
            "manage_stock": stock is not None,
            "stock_quantity": stock,
            "stock_status": "instock" if stock != 0 else "outofstock",
            "backorders_allowed": False,
            "attributes": [{"id": 1, "name": n, "option": v} for n, v in options.items()],
        }

    def line(self, id, name, sku, quantity, net, product_id=1, variation_id=0, **options):
        """A line of an order; `net` is the price of one piece, without tax."""
        total = Decimal(net) * quantity
        return {
            "id": id,
            "name": f"{name} - {', '.join(options.values())}" if options else name,
            "parent_name": name if variation_id else None,
            "product_id": product_id,
            "variation_id": variation_id,
            "quantity": quantity,
            "sku": sku,
            "price": float(net),
            "subtotal": f"{total:.2f}",
            "total": f"{total:.2f}",
            "total_tax": f"{total * self.tax:.2f}",
            "meta_data": [
                meta("_reduced_stock", str(quantity)),
                *(meta(f"pa_{k.lower()}", v.lower(), k, v) for k, v in options.items()),
            ],
        }

    def pay_back(self, id, amount, at, reason=""):
        """A refund that the staff made."""
        refund = {"id": self._new_id(), "amount": amount, "reason": reason, "date_created_gmt": at}
        self.paid_back[id].insert(0, refund)
        self.orders[id]["refunds"].append({"id": refund["id"], "total": f"-{amount}"})

    def touch(self, order):
        """Somebody changed an order."""
        if not self.clock_stands:
            self._now += timedelta(seconds=1)
        order["date_modified_gmt"] = self._now.isoformat()

    def _new_id(self):
        self._ids += 1
        return self._ids

    # What it answers.

    def answer(self, method, path, headers, body):
        if headers.get("authorization") != self.authorization:
            return 401, {"code": "woocommerce_rest_cannot_view", "data": {"status": 401}}, {}
        failed = self._fault(method)
        if failed:
            return failed
        path, _, query = path.partition("?")
        self.query = {key: values[0] for key, values in parse_qs(query).items()}
        if not path.startswith(ROOT) or self.fault == "no_api":
            return 404, {"code": "rest_no_route", "message": "No route was found."}, {}
        parts = [unquote(part) for part in path.removeprefix(ROOT).strip("/").split("/")]
        with self._one_at_a_time:
            done = self._route(method, parts, json.loads(body) if body else None)
        if self.fault == "lost_puts" and method == "PUT":
            return 0, {}, {}
        return done

    def _fault(self, method):
        if self.fault == "slow":
            time.sleep(self.delay)
        if self.fault == "broken":
            return 500, {"code": "internal_server_error"}, {}
        if self.fault == "not_json":
            return 200, b"<html>", {}
        if self.fault == "wrong_shape":
            return 200, {"id": 4711, "number": "4711", "status": "processing"}, {}
        if self.fault == "flaky" and self._flaky < 2:
            self._flaky += 1
            return 503, {"code": "busy"}, {}
        if self.fault == "busy_writes" and method != "GET":
            return 503, {"code": "busy"}, {}
        return None

    def _route(self, method, parts, body):
        if parts[0] == "customers":
            return self._customers(parts)
        if parts[0] == "products":
            return self._products(parts)
        if len(parts) == 1:
            return 200, self._listed(), {}
        order = self.orders.get(4712 if self.fault == "other_order" else int(parts[1]))
        if order is None:
            return not_found("shop_order_invalid_id")
        if parts[2:] == ["refunds"]:
            return 200, self.paid_back[order["id"]], {}
        if parts[2:] == ["notes"]:
            note = {"id": self._new_id(), **body}
            self.notes[order["id"]].append(note)
            return 201, note, {}
        if method == "PUT" and self.fault != "deaf_writes":
            return self._change(order, body)
        return 200, json.loads(json.dumps(order)), {}

    def _customers(self, parts):
        if len(parts) == 1:
            found = [c for c in self.customers.values() if c["email"] == self.query["email"]]
            return 200, found, {}
        found = self.customers.get(int(parts[1]))
        return (200, found, {}) if found else not_found("invalid_id")

    def _products(self, parts):
        product = self.products.get(int(parts[1]))
        if product is None:
            return not_found("product_invalid_id")
        if len(parts) == 2:
            return 200, product, {}
        first = (int(self.query["page"]) - 1) * int(self.query["per_page"])
        return 200, self.variations[product["id"]][first : first + int(self.query["per_page"])], {}

    def _listed(self):
        found = sorted(self.orders.values(), key=lambda o: o["date_created_gmt"])
        if "customer" in self.query:
            found = [o for o in found if str(o["customer_id"]) == self.query["customer"]]
        if "search" in self.query:
            found = [o for o in found if self.query["search"].lower() in self._index(o)]
        return found[::-1][: int(self.query["per_page"])]

    def _index(self, order):
        return " ".join([order["number"], *order["billing"].values()]).lower()

    def _change(self, order, body):
        for posted in body.get("line_items", ()):
            self._change_line(order, posted)
        order["shipping"] = {**order["shipping"], **body.get("shipping", {})}
        order["status"] = body.get("status", order["status"])
        for entry in body.get("meta_data", ()):
            order["meta_data"].append({"id": self._new_id(), **entry})
        self._total(order)
        self.touch(order)
        return 200, json.loads(json.dumps(order)), {}

    def _change_line(self, order, posted):
        """A quantity alone changes no sum; 0 removes; without an id it is a new line."""
        if "id" not in posted:
            order["line_items"].append(self._bought(posted))
            return
        line = next(line for line in order["line_items"] if line["id"] == posted["id"])
        if posted.get("quantity") == 0:
            order["line_items"].remove(line)
            return
        line["quantity"] = posted.get("quantity", line["quantity"])
        for key in ("subtotal", "total"):
            line[key] = f"{Decimal(posted.get(key, line[key])):.2f}"
        line["total_tax"] = f"{Decimal(line['total']) * self.tax:.2f}"

    def _bought(self, posted):
        product = self.products[posted["product_id"]]
        variations = self.variations[posted["product_id"]]
        variation = next(v for v in variations if v["id"] == posted["variation_id"])
        price = Decimal(variation["price"])
        net = price / (1 + self.tax) if self.prices_include_tax else price
        options = {a["name"]: a["option"] for a in variation["attributes"]}
        told = (product["name"], variation["sku"], posted["quantity"], net)
        return self.line(self._new_id(), *told, product["id"], variation["id"], **options)

    def _total(self, order):
        sums = [Decimal(line[k]) for line in order["line_items"] for k in ("total", "total_tax")]
        sums += [Decimal(order["shipping_total"]), Decimal(order["shipping_tax"])]
        order["total"] = f"{sum(sums):.2f}"
