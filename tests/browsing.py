"""What browser tests share: signing in, and asking axe what is wrong with a page."""

from pathlib import Path

from axe_playwright_python.base import AXE_FILE_PATH
from django.urls import reverse


def sign_in(page, user, password):
    page.context.clear_cookies()
    page.goto(reverse("admin:login") + "?next=" + reverse("admin:index"))
    page.fill("#id_username", user.username)
    page.fill("#id_password", password)
    page.click("input[type=submit]")
    page.wait_for_url("**" + reverse("admin:index"))


def press(page, button):
    """Press a button or a link, and wait until the page that answers is all there: a click alone waits for no stylesheet."""
    with page.expect_navigation():
        page.click(button)


def violations(page) -> list[str]:
    """What axe finds on the page. It goes in through the debugger, since the policy lets no foreign script in."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": Path(AXE_FILE_PATH).read_text(encoding="utf-8")})
    found = session.send(
        "Runtime.evaluate",
        {
            "expression": "axe.run().then(all => all.violations.map(v => v.id + ' ' + v.nodes[0].html))",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    return found["result"]["value"]
