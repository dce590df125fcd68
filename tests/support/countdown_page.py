"""What tests do with a page that shows countdowns, and with the kernel that they play."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

URL = "http://127.0.0.1:9/nb-presign/redeem#nbp1.canary"


def mount(
    page: Page, face: str = "{}", *, url: str = URL, kernel: bool = True, width: str = ""
) -> int:
    """Show one more countdown; `face` is JavaScript for how it differs from a usual one."""
    number: int = page.evaluate(
        f"""([url, kernel, width]) => {{
            const model = new FakeModel(face({face}));
            if (kernel) model.kernel = answerWithUrl(url);
            return mount(model, width);
        }}""",
        [url, kernel, width],
    )
    return number


def sent(page: Page, view: int = 0) -> list[dict[str, Any]]:
    """Return what a view has sent to the kernel."""
    messages: list[dict[str, Any]] = page.evaluate(f"views[{view}].model.sent")
    return messages


def wait_for_look(page: Page, view: int = 0) -> None:
    """Wait until the kernel knows that a view is in sight."""
    page.wait_for_function(f"views[{view}].model.sent.some((m) => m.do === 'look')")


def answer(page: Page, wish: str, secrets: list[str], view: int = 0) -> None:
    """Have the kernel answer wishes of a kind with these secrets, one after the other."""
    page.evaluate(
        """([wish, secrets, view]) => {
            const { model } = views[view], usual = model.kernel;
            model.kernel = function (content) {
                usual?.call(this, content);
                const { view: by, click } = content;
                if (content.do === wish) {
                    model.tell({tell: 'secret', view: by, click, secret: secrets.shift()});
                    model.tell({tell: 'done', view: by, click});
                }
            };
        }""",
        [wish, secrets, view],
    )


def root(page: Page, view: int = 0) -> Locator:
    """Return a countdown."""
    return page.locator(".jp-PresignCountdown").nth(view)


def clock(page: Page, name: str, view: int = 0) -> Locator:
    """Return what one of its clocks says: `link`, `session` or `credentials`."""
    return root(page, view).locator(f"[data-clock={name}] .jp-PresignClock-value")


def open_tab(page: Page) -> Page:
    """Click Open, and return the new tab."""
    with page.context.expect_page() as opened:
        root(page).get_by_role("button", name="Open").click()
    return opened.value
