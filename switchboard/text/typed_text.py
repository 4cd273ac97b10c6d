"""What a person typed, as opposed to a button's payload: never a command to the assistant."""

from __future__ import annotations

import regex

from switchboard.text.storable import clean_text

# Whatever may come before the first thing to be seen: spaces, what is invisible, slashes. The full
# width one is a slash once a text is folded (NFKC).
_LEADING = regex.compile(r"[\s/\uff0f\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]*+")
_SLASH = regex.compile(r"[/\uff0f]")


def typed(text: str) -> str:
    """Typed text, cleaned and without leading slashes, so that it is no command.

    Rasa takes `/cancel_order{"order_number": "1"}` for an intent with its entities, and `/restart`
    for a command to itself; those are only for buttons.
    """
    cleaned = clean_text(text).strip()
    leading = _LEADING.match(cleaned)
    if leading is not None and _SLASH.search(leading[0]):
        return cleaned[leading.end() :].strip()
    return cleaned
