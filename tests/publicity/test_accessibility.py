"""Every kind of public page, in both languages: axe finds no violation, nothing runs off the side, no word or policy is broken."""

import pytest

from records.catalog import catalog
from records.models import Record
from tests.browsing import press, violations
from tests.factories import make_company, make_record

# What a page looks like is no matter of the database.
pytestmark = pytest.mark.engine("sqlite")
# The browser, and the language of the pages that axe judges in it: every page is judged wide and light, and narrow and dark.
MODES = [
    ({}, "zh"),
    ({"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}, "en"),
    ({"viewport": {"width": 320, "height": 640}}, ""),
]


HANGING_OUT = """[...document.querySelectorAll("header.masthead a")].some(
    (link) => link.getBoundingClientRect().bottom > link.closest("header").getBoundingClientRect().bottom)"""


# Words and codes of Latin letters and digits of which a part stands on the next line; an address may be cut anywhere.
BROKEN_WORDS = """() => {
    const broken = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        if (text.parentElement.closest("pre, code, script, option, .visually-hidden, .stacks thead")) continue;
        for (const word of text.data.matchAll(/[A-Za-z0-9]{2,}/g)) {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((part) => Math.round(part.top))).size > 1) broken.push(word[0]);
        }
    }
    return broken;
}"""


@pytest.fixture
def addresses(transactional_db):
    company = make_company("青岚市测试晨曦贸易有限公司", former_names=["青岚市测试旧名贸易有限公司"])
    of_each_category = {dataset.category: dataset.slug for dataset in catalog().of() if not dataset.registers}
    for slug in {*of_each_category.values(), "tax-penalty", "samr-abnormal"}:
        make_record(company, slug)
    record = Record.objects.get(dataset="tax-penalty")
    plain = ["/", "/search/?q=测试", "/search/?q=没有这家", f"/company/{company.code}/", f"/company/{company.code}/penalty/"]
    plain += [record.get_absolute_url(), "/lists/", "/lists/samr-abnormal/", "/datasets/", "/datasets/tax-penalty/"]
    plain += ["/help/", "/help/data/", "/api/", "/nowhere/", "/check/", "/verify/", "/quality/"]
    return [*plain, *(f"/en{address}" for address in plain)]


@pytest.fixture
def certificate(addresses, client):
    """One of the company of the addresses."""
    return client.post("/check/", {"lines": "青岚市测试晨曦贸易有限公司\n查无此名", "format": "certificate"}).text


@pytest.mark.parametrize(("browser_page", "judged"), MODES, indirect=["browser_page"])
def test_axe_finds_nothing_and_nothing_runs_off_the_side_or_breaks_in_mid_word(browser_page, judged, addresses, certificate):
    page, found = browser_page, []
    page.on("console", lambda message: found.append(message.text) if "Content Security Policy" in message.text else None)
    for address in addresses:
        page.goto(address)
        if judged == ("en" if address.startswith("/en/") else "zh"):
            found += [f"{address}: {violation}" for violation in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{address}: wider than the window")
        if page.evaluate(HANGING_OUT):
            found.append(f"{address}: something hangs out of the masthead")
        found += [f"{address}: {word} is broken" for word in page.evaluate(BROKEN_WORDS)]
    page.goto("/check/")
    page.fill("#lines", "测试晨曦\n青岚市测试晨曦贸易有限公司\n查无此名")
    press(page, "#check-form button:not([name])")
    found += [f"result of a check: {violation}" for violation in violations(page)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("result of a check: wider than the window")
    page.goto("/verify/")
    page.fill("#text", certificate)
    press(page, "main form button")
    found += [f"a certificate: {violation}" for violation in violations(page)]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("a certificate: wider than the window")
    assert found == []
