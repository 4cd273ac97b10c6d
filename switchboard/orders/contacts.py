"""The contact on an order, and whether what somebody gives is one on it."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from switchboard.orders.model import Customer

_MIN_PHONE_DIGITS = 7
_CHINESE_MOBILE = re.compile(r"^(?:0{0,2}86)?(1[3-9]\d{9})$")
_MAX_CHARACTERS = 300
_MOST_CODES = 4  # a phone number in groups has as many
_LONG_CODE, _MOST_LONG = 4, 2


@dataclass(frozen=True)
class Contact:
    """What is on file of the customer of an order, by which they are recognised."""

    email: str
    phone: str
    name: str = ""
    postcode: str = ""
    customer_id: str = ""


def contact_of(customer: Customer) -> Contact:
    """What is on file of a customer."""
    return Contact(customer.email, customer.phone, customer.name, customer.postcode, customer.id)


def normal_contact(text: str) -> str:
    """Normalise for comparison: e-mails in lower case, phones as digits without prefix.

    `+353 87 555 0123`, `00353875550123` and `087 555 0123` become the same nine digits; a Chinese
    mobile number keeps its eleven.
    """
    text = text.strip()
    if "@" in text:
        return text.casefold()
    digits = re.sub(r"\D", "", text)
    chinese = _CHINESE_MOBILE.match(digits)
    if chinese:
        return chinese[1]
    return digits[-9:] if len(digits) >= _MIN_PHONE_DIGITS else ""


def digest(value: str) -> str:
    """What a contact or a network address is counted by without being kept; empty for nothing."""
    return hashlib.sha256(value.encode()).hexdigest()[:32] if value else ""


def matches(given: str, on_file: Contact, name_and_postcode: bool = False) -> bool:
    """Whether `given` is the e-mail or the phone on file, compared in constant time; or, where that
    is enough, names both the person and the postcode."""
    if name_and_postcode and _names_both(given, on_file):
        return True
    wanted = normal_contact(given).encode()
    if not wanted:
        return False
    known = [normal_contact(on_file.email).encode(), normal_contact(on_file.phone).encode()]
    results = [bool(k) and hmac.compare_digest(wanted, k) for k in known]
    return any(results)


def _is_a_list(told: str) -> bool:
    """Whether a text tries many codes or addresses at once: one try is one guess."""
    codes = [word for word in re.findall(r"\w+", told) if re.search(r"\d", word)]
    long = [code for code in codes if len(code) >= _LONG_CODE]
    return len(codes) > _MOST_CODES or len(long) > _MOST_LONG or told.count("@") > 1


def _names_both(given: str, on_file: Contact) -> bool:
    if _is_a_list(given):
        return False
    said = set(re.findall(r"\w+", given[:_MAX_CHARACTERS].casefold()))
    name = re.findall(r"\w+", on_file.name.casefold())
    postcode = re.findall(r"\w+", on_file.postcode.casefold())
    return len(name) > 1 and bool(postcode) and said.issuperset(name) and said.issuperset(postcode)


def is_fact_of(customer: Customer, told: str, besides: str) -> bool:
    """Whether `told` names another fact on file of a customer than the contact `besides`: the
    postcode, or the other contact."""
    if _is_a_list(told):
        return False
    said = set(re.findall(r"\w+", told[:_MAX_CHARACTERS].casefold()))
    postcode = re.findall(r"\w+", customer.postcode.casefold())
    if postcode and said.issuperset(postcode):
        return True
    known = {normal_contact(customer.email), normal_contact(customer.phone)} - {""}
    given = {normal_contact(part) for part in (told, *told.split())} - {""}
    return bool((known - {normal_contact(besides)}) & given)
