"""The field that suggests while one types: by keyboard alone, with an input method, and without script."""

import re

import pytest
from playwright.sync_api import expect

from tests.browsing import violations
from tests.factories import make_code, make_company

OPTIONS = ".suggestions [role=option]"
# What happens in a browser; what is suggested, on either database, is tested beside the search.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine("sqlite")]


@pytest.fixture
def companies():
    return [make_company(f"青岚市测试{name}光学有限公司") for name in ("晨曦", "望江")]


def state(field) -> tuple[str, str | None]:
    return field.get_attribute("aria-expanded"), field.get_attribute("aria-activedescendant")


def test_suggestions_are_chosen_by_keyboard(browser_page, companies):
    browser_page.goto("/search/")
    field, options = browser_page.get_by_role("combobox", name="企业名称"), browser_page.locator(OPTIONS)
    field.press_sequentially("测试")
    expect(options).to_have_count(2)
    expect(browser_page.locator(".find [role=status]")).to_have_text("有 2 条建议，可用上下键选择")
    assert state(field) == ("true", None)
    assert violations(browser_page) == []
    walked = []
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        field.press(key)
        walked.append(state(field)[1])
    assert walked == ["q-suggestions-0", "q-suggestions-1", "q-suggestions-0", "q-suggestions-1"]
    assert options.nth(1).get_attribute("aria-selected") == "true"
    field.press("Home")
    assert state(field) == ("true", None)
    assert field.evaluate("field => field.selectionStart") == 0
    field.press("End")
    field.press("Escape")
    assert state(field) == ("false", None)
    assert field.input_value() == "测试"
    field.press("ArrowUp")
    assert state(field) == ("true", "q-suggestions-1")
    chosen = options.nth(1).locator("span").first.inner_text()
    field.press("Enter")
    expect(browser_page.locator("h1")).to_have_text(chosen)


def test_enter_without_a_choice_searches_and_leaving_the_field_closes_the_list(browser_page, companies):
    browser_page.goto("/")
    field = browser_page.locator("#q")
    field.press_sequentially("测试")
    expect(browser_page.locator(OPTIONS)).to_have_count(2)
    field.press("Tab")
    assert state(field)[0] == "false"
    field.press("Enter")
    browser_page.wait_for_url("**/search/?*q=*")
    expect(browser_page.locator(".results > li")).to_have_count(2)


def test_a_suggestion_is_chosen_by_pointer(browser_page, companies):
    browser_page.goto("/search/")
    browser_page.locator("#q").press_sequentially("晨曦")
    browser_page.locator(OPTIONS).click()
    expect(browser_page.locator("h1")).to_have_text(companies[0].name)


def test_nothing_is_asked_while_an_input_method_composes_and_its_enter_is_its_own(browser_page, companies):
    asked = []
    browser_page.on("request", lambda request: asked.append(request.url) if "/suggest/" in request.url else None)
    browser_page.goto("/search/")
    field = browser_page.locator("#q")
    field.focus()
    session = browser_page.context.new_cdp_session(browser_page)
    session.send("Input.imeSetComposition", {"text": "chenxi", "selectionStart": 6, "selectionEnd": 6})
    browser_page.wait_for_timeout(350)
    assert asked == []
    session.send("Input.insertText", {"text": ""})
    field.press_sequentially("ab")
    session.send("Input.imeSetComposition", {"text": "chenxi", "selectionStart": 6, "selectionEnd": 6})
    browser_page.wait_for_timeout(350)
    assert asked == []
    field.fill("")
    session.send("Input.imeSetComposition", {"text": "chenxi", "selectionStart": 6, "selectionEnd": 6})
    field.evaluate("f => f.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))")
    session.send("Input.insertText", {"text": "晨曦"})
    expect(browser_page.locator(OPTIONS)).to_have_count(1)
    assert len(asked) == 1
    assert browser_page.url.endswith("/search/")


def test_an_answer_to_what_is_no_longer_asked_is_dropped(browser_page, companies):
    held = []
    browser_page.route("**/suggest/**", lambda route: held.append(route))
    browser_page.goto("/search/")
    field, options = browser_page.locator("#q"), browser_page.locator(OPTIONS)
    field.press_sequentially("测试")
    browser_page.wait_for_timeout(300)
    field.press_sequentially("晨曦")
    browser_page.wait_for_timeout(300)
    late, current = held
    current.continue_()
    expect(options).to_have_count(1)
    late.fulfill(json={"suggestions": []})
    field.press("ArrowDown")
    assert state(field) == ("true", "q-suggestions-0")
    field.press_sequentially("x")
    assert state(field)[1] is None
    field.press("Escape")
    field.press("ArrowDown")
    browser_page.wait_for_timeout(100)
    assert [route.request.url.partition("q=")[2] for route in held][2:] == ["%E6%B5%8B%E8%AF%95%E6%99%A8%E6%9B%A6x"]
    assert state(field) == ("false", None)


def test_one_character_asks_nothing_and_a_region_chosen_before_holds(browser_page, companies):
    asked = []
    browser_page.on("request", lambda request: asked.append(request.url) if "/suggest/" in request.url else None)
    make_company("青岚市测试远方光学有限公司", code=make_code(region="440305"))
    browser_page.goto("/search/?q=光学&region=44")
    field, options = browser_page.locator("#q"), browser_page.locator(OPTIONS)
    field.fill("测")
    browser_page.wait_for_timeout(300)
    assert asked == []
    field.press_sequentially("试")
    expect(options).to_have_count(1)
    assert asked[0].endswith("?q=%E6%B5%8B%E8%AF%95&region=44")


@pytest.mark.parametrize("browser_page", [{"java_script_enabled": False}], indirect=True)
def test_without_script_the_field_is_a_plain_one_and_narrowing_is_by_links(browser_page, companies):
    browser_page.goto("/search/")
    browser_page.get_by_role("searchbox").fill("测试")
    browser_page.get_by_role("button", name="查询").click()
    expect(browser_page.locator(".results > li")).to_have_count(2)
    browser_page.get_by_role("link", name="新成立在前").click()
    expect(browser_page).to_have_url(re.compile("sort=newest"))
    expect(browser_page.locator(".results > li")).to_have_count(2)
