"""Guessing passwords: failures are counted for an address and a name, wherever they come in."""

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "addresses",
    [
        [{"REMOTE_ADDR": "192.0.2.7"}],
        # A Unix socket has no address; nginx tells whose request it is.
        [{"REMOTE_ADDR": ""}],
        [{"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "192.0.2.8"}],
        [{"REMOTE_ADDR": f"2001:db8::{number}"} for number in range(1, 9)],
    ],
)
def test_after_eight_failures_even_the_right_password_is_refused_there(client, importer, addresses, settings):
    settings.NUM_PROXIES = 1
    importer.set_password("a right long password")
    importer.save()
    address = reverse("admin:login")
    for number in range(8):
        client.post(address, {"username": importer.username, "password": "wrong"}, **addresses[number % len(addresses)])
    answer = client.post(address, {"username": importer.username, "password": "a right long password"}, **addresses[0])
    assert answer.status_code == 429
    elsewhere = client.post(address, {"username": importer.username, "password": "a right long password"}, REMOTE_ADDR="198.51.100.9")
    assert elsewhere.status_code == 302


@pytest.mark.parametrize(("prefix", "words"), [("", ["半小时", "管理员"]), ("/en", ['<html lang="en'])])
def test_who_is_locked_out_is_told_for_how_long_and_whom_to_ask(client, prefix, words):
    address = prefix + reverse("admin:login")
    for _ in range(9):
        answer = client.post(address, {"username": "my secret password", "password": "wrong"})
    assert answer.status_code == 429
    page = answer.content.decode()
    assert all(word in page for word in words)
    assert "staff.css" in page
    assert "secret" not in page


@pytest.mark.parametrize("name", ["password_change", "password_change_done"])
def test_the_pages_of_the_password_have_the_links_of_every_other(client, importer, name):
    client.force_login(importer)
    page = client.get(reverse(f"admin:{name}")).content.decode()
    assert "退出" in page
    assert "注销" not in page
    assert f'href="/en{reverse(f"admin:{name}")}"' in page


def test_what_was_typed_as_a_name_is_not_kept_since_it_may_be_a_password(client, caplog):
    client.post(reverse("admin:login"), {"username": "my secret password", "password": "x"})
    assert "secret" not in str(list(AccessAttempt.objects.values())) + caplog.text
