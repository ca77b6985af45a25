"""formgrader's buttons and boxes, for tests that press and fill them."""

import live_jupyter
from playwright.sync_api import expect


class Formgrader:
    """formgrader in a browser.

    Args:
        page: the page, or the frame that it is shown in.
        url: of the Jupyter server behind it.
    """

    def __init__(self, page, url):
        self.page, self.url = page, url

    def open(self, place):
        self.page.goto(f"{self.url}/formgrader/{place}")

    def press(self, button, row):
        """Press a button in the row of an assignment or a student, and close what it says."""
        named = self.page.locator(f".student-id:text-is('{row}'), .name a:text-is('{row}')")
        self.page.locator("tr", has=named).locator(f".{button} a").click()
        told = self.page.locator(".modal.in")
        expect(told.locator(".modal-title")).to_have_text(
            "Success", timeout=3 * live_jupyter.SECONDS * 1000
        )
        told.get_by_role("button", name="OK").click()
        expect(self.page.locator(".modal.in")).to_have_count(0)

    def cell(self, name):
        """The panel of a graded cell."""
        of = self.page.locator(f"input.score#{name}")
        return self.page.locator(".cell, .code_cell", has=of).last

    def type(self, box, text):
        """Type a score or a comment, and wait until the gradebook has it."""
        with self.page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
            self.page.locator(box).fill(text)
            self.page.locator(box).dispatch_event("change")
        assert saved.value.ok
