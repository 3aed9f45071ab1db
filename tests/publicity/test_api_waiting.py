"""Long polling: an answer comes with the next event, waiting is bounded, and pages do not wait with it."""

import threading
import time

import pytest
import requests
from django.db import connection

from publicity.api.waiting import WAITING
from tests.factories import make_record


def get(client, **parameters):
    return client.get("/api/v1/events/", parameters)


@pytest.mark.django_db
def test_there_is_no_wait_when_there_is_news(client):
    record = make_record()
    started = time.monotonic()
    answer = get(client, wait=30, after=0).json()
    assert answer["head"] == record.id
    assert time.monotonic() - started < 5


@pytest.mark.django_db
def test_without_news_the_answer_is_empty_after_the_time_asked_for(client):
    record = make_record()
    started = time.monotonic()
    answer = get(client, wait=1, after=record.id)
    assert time.monotonic() - started >= 1
    assert (answer.json()["results"], answer.json()["resume_after"]) == ([], record.id)
    assert "Retry-After" not in answer


@pytest.mark.django_db
def test_no_cache_answers_for_what_was_waited_for(client):
    record = make_record()
    assert get(client, wait=0, after=record.id)["Cache-Control"] == "no-cache"
    assert get(client, wait=0, after=0)["Cache-Control"] == "no-cache"
    assert "max-age" in get(client, after=0)["Cache-Control"]


@pytest.mark.django_db
def test_what_was_not_asked_for_is_no_news(client):
    record = make_record()
    assert get(client, wait=1, after=0, kind="repaired").json()["results"] == []
    assert get(client, wait=1, after=record.id).json()["results"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", ["-1", "31", "soon"])
def test_nobody_waits_longer_than_half_a_minute(client, seconds):
    assert get(client, wait=seconds).json()["parameter"] == "wait"


@pytest.mark.django_db
def test_who_comes_when_too_many_wait_is_answered_at_once(client, settings):
    settings.API_WAITERS = 0
    record = make_record()
    started = time.monotonic()
    answer = get(client, wait=30, after=record.id)
    assert time.monotonic() - started < 5
    assert (answer.status_code, answer["Retry-After"]) == (200, "5")


@pytest.mark.django_db(transaction=True)
def test_a_waiting_reader_hears_of_an_event_as_it_happens_and_pages_are_served_meanwhile(live_server):
    record, heard = make_record(), {}
    address = f"{live_server.url}/api/v1/events/"

    def listen():
        heard["answer"] = requests.get(address, {"wait": 20, "after": record.id}, timeout=30).json()
        connection.close()

    listener = threading.Thread(target=listen)
    listener.start()
    while not WAITING._count:
        time.sleep(0.05)
    assert requests.get(f"{live_server.url}/healthz", timeout=5).ok
    following = make_record(record.company)
    listener.join(15)
    assert [event["number"] for event in heard["answer"]["results"]] == [following.id]
    assert WAITING._count == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_listeners_a_few_wait_and_all_others_are_answered_at_once(live_server, settings):
    settings.API_WAITERS = 2
    record, answers = make_record(), []
    address = f"{live_server.url}/api/v1/events/"

    def listen():
        started = time.monotonic()
        answer = requests.get(address, {"wait": 20, "after": record.id}, timeout=30)
        answers.append((time.monotonic() - started, answer))

    listeners = [threading.Thread(target=listen) for _ in range(20)]
    for listener in listeners:
        listener.start()
    while len(answers) < 18:
        time.sleep(0.05)
    assert WAITING._count == 2
    assert {(answer.status_code, answer.headers.get("Retry-After")) for _, answer in answers} == {(200, "5")}
    assert {answer.json()["resume_after"] for _, answer in answers} == {record.id}
    assert max(took for took, _ in answers) < 15
    following = make_record(record.company)
    for listener in listeners:
        listener.join(15)
    heard = [[event["number"] for event in answer.json()["results"]] for _, answer in answers[18:]]
    assert heard == [[following.id]] * 2
    assert WAITING._count == 0
