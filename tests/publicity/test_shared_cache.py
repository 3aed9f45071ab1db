"""A real Redis that processes share, and what happens when it goes away."""

import shutil
import subprocess
import time

import pytest
from django.core.cache import caches
from django.test import override_settings

REDIS = shutil.which("redis-server")


@pytest.fixture
def redis(tmp_path):
    """A Redis of its own on a socket, and the address of it."""
    if not REDIS:
        pytest.skip("no Redis on this machine (apt-get install redis-server)")
    socket = tmp_path / "redis.sock"
    command = [REDIS, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", tmp_path]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        until = time.monotonic() + 10
        while not socket.exists() and time.monotonic() < until:
            time.sleep(0.01)
        yield server, f"unix://{socket}"
        server.kill()


@pytest.fixture
def shared(redis):
    """The site with that cache; ends the server when called."""
    server, address = redis
    with override_settings(CACHES={"default": {"BACKEND": "publicity.shared_cache.SharedCache", "LOCATION": address}}):

        def end() -> None:
            server.kill()
            server.wait()

        yield end


@pytest.mark.django_db
def test_what_is_counted_is_counted_for_all_and_anew_while_redis_is_away(shared, client):
    left = [client.get("/api/v1/status/").headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert left == ["599", "598", "597"]
    shared()
    for _ in range(3):
        answer = client.get("/api/v1/status/")
        assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (200, "599")
    assert client.get("/").status_code == 200


def test_nothing_is_there_and_nothing_is_kept_while_redis_is_away(shared):
    cache = caches["default"]
    cache.set("kept", 1, 60)
    assert cache.get("kept") == 1
    shared()
    assert cache.get("kept", "nothing") == "nothing"
    assert cache.get_or_set("kept", lambda: 2) == 2
    assert (cache.add("kept", 3), cache.delete("kept"), cache.has_key("kept"), cache.get_many(["kept"])) == (False, False, False, {})
    assert cache.set_many({"kept": 4}) == ["kept"]
    for count in (cache.incr, cache.decr):
        with pytest.raises(ValueError, match="kept"):
            count("kept")
