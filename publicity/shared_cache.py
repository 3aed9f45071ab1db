"""A Redis that several processes share, and that may go away: the site answers as if nothing had been kept, and counts anew."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
SECONDS = 0.5


def _asked(method: Callable, *given: Any, away: Any = None) -> Any:
    """What the method answers, ``away`` while Redis does not."""
    try:
        return method(*given)
    except RedisError as problem:
        log.warning("redis: %s", problem)
        return away


class SharedCache(RedisCache):
    """Django's, in which nothing is there and nothing is kept while Redis does not answer."""

    def __init__(self, server, params):
        waiting = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
        super().__init__(server, params | {"OPTIONS": waiting | params.get("OPTIONS", {})})

    def get(self, key, default=None, version=None):
        return _asked(super().get, key, default, version, away=default)

    def get_many(self, keys, version=None):
        return _asked(super().get_many, keys, version, away={})

    def has_key(self, key, version=None):
        return _asked(super().has_key, key, version, away=False)

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        return _asked(super().add, key, value, timeout, version, away=False)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        _asked(super().set, key, value, timeout, version)

    def set_many(self, data, timeout=DEFAULT_TIMEOUT, version=None):
        return _asked(super().set_many, data, timeout, version, away=list(data))

    def touch(self, key, timeout=DEFAULT_TIMEOUT, version=None):
        return _asked(super().touch, key, timeout, version, away=False)

    def delete(self, key, version=None):
        return _asked(super().delete, key, version, away=False)

    def delete_many(self, keys, version=None):
        _asked(super().delete_many, keys, version)

    def clear(self):
        return _asked(super().clear, away=False)

    def incr(self, key, delta=1, version=None):
        counted = _asked(super().incr, key, delta, version)
        if counted is None:
            raise ValueError(f"key {key!r} not found")
        return counted
