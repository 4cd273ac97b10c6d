"""A visitor of the shop's page, in a real browser."""

from __future__ import annotations

from playwright.sync_api import expect

from switchboard.channels.web.web_sessions import conversation_of


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, browser, system, **options):
        self.context = browser.new_context(
            **{"viewport": {"width": 1000, "height": 800}, **options}
        )
        self.page = self.context.new_page()
        self.elsewhere = []
        self.page.on(
            "request",
            lambda r: self.elsewhere.append(r.url) if not r.url.startswith(system.url) else None,
        )
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{system.url}/webhooks/socketio/demo")

    def open(self):
        """Open the panel, unless the page did so itself, as after a reload."""
        expect(self.page.locator("#launcher")).to_be_attached()
        if self.page.locator("#panel").is_hidden():
            self.page.locator("#launcher").click()
        expect(self.input).to_be_visible()
        return self

    @property
    def input(self):
        return self.page.locator("#text-input")

    def write(self, text):
        self.input.click()
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Enter")

    def reads(self, text, count=None):
        found = self.page.locator("#messages").get_by_text(text)
        if count is None:
            expect(found.last).to_be_visible(timeout=20_000)
        else:
            expect(found).to_have_count(count, timeout=20_000)

    def bubbles(self):
        return [text.strip() for text in self.page.locator(".message-bubble").all_inner_texts()]

    @property
    def conversation(self):
        # A new one is stored a moment after its first words are there.
        stored = self.page.wait_for_function("localStorage.getItem('switchboard-session')")
        return conversation_of(stored.json_value())
