"""The page on which a person tries the API: from our own files, under the content security policy."""

import pytest


@pytest.mark.django_db
def test_the_page_holds_no_script_or_style_of_its_own(client):
    response = client.get("/api/v1/docs/")
    text = response.content.decode()
    assert response.status_code == 200
    assert "<style" not in text
    assert " style=" not in text
    assert all(" src=" in tag.split(">")[0] for tag in text.split("<script")[1:])
    assert "//" not in "".join(part.split('"')[0] for part in text.split('src="')[1:])
    assert "'unsafe" not in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_reader_without_script_is_led_to_the_guide_in_both_languages(client):
    text = client.get("/api/v1/docs/").content.decode()
    assert 'href="/api/"' in text
    assert 'href="/en/api/"' in text
    assert 'href="/api/v1/schema/"' in text


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine("sqlite")  # what a page looks like is no matter of the database
def test_the_page_shows_every_operation_and_breaks_no_policy(browser_page):
    complaints = []
    browser_page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    browser_page.goto("/api/v1/docs/")
    browser_page.wait_for_selector(".opblock-summary-path")
    shown = browser_page.locator(".opblock-summary-path").count()
    browser_page.locator("#operations-companies-listCompanies button.opblock-summary-control").click()
    browser_page.get_by_role("button", name="Try it out").click()
    browser_page.get_by_role("button", name="Execute").click()
    browser_page.wait_for_selector(".live-responses-table tbody .response-col_status")
    answered = browser_page.locator(".live-responses-table tbody .response-col_status").first.inner_text()
    assert answered.startswith("200")
    assert shown == 23
    assert complaints == []
