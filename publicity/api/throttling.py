"""How often one address may ask. The limit is generous to those who send ``If-None-Match``: a 304 costs a tenth."""

import contextlib
import ipaddress
import math
import re
import time
import zlib
from dataclasses import dataclass

from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
# Counted in tenths of a request.
REQUEST, NOT_MODIFIED, LINE = 10, 1, 1


@dataclass
class Rate:
    requests: int
    seconds: int


def public_rate() -> Rate:
    """The rate that settings name, such as ``600/5min``."""
    text = api_settings.DEFAULT_THROTTLE_RATES["public"]
    found = re.fullmatch(r"(\d+)/(\d*)([a-z]+)", text)
    if not found or found[3] not in SECONDS or int(found[2] or 1) == 0:
        raise ImproperlyConfigured(f"API rate {text!r}: write it like 600/5min")
    return Rate(int(found[1]), int(found[2] or 1) * SECONDS[found[3]])


def check_rate(**_options) -> list[checks.Error]:
    """Tell of a rate nobody can count by before the first request does."""
    try:
        public_rate()
    except ImproperlyConfigured as problem:
        return [checks.Error(f"API_RATE: {problem}", id="publicity.E002")]
    return []


def check_shared(**_options) -> list[checks.Warning]:
    """Tell of counters that each process keeps for itself."""
    if settings.CACHES["default"]["BACKEND"] != "django.core.cache.backends.locmem.LocMemCache":
        return []
    told = "CACHE_URL is not set: each process counts requests and failed sign-ins for itself, so the limits hold times their number."
    return [checks.Warning(told, hint="Name a Redis that all processes share.", id="publicity.W001")]


@dataclass
class Quota:
    """What an address has left in its present window."""

    key: str
    limit: int
    used: int
    reset: int

    @property
    def exceeded(self) -> bool:
        return self.used > self.limit * REQUEST

    def give_back(self) -> None:
        """The answer was a 304: most of what it cost is returned."""
        try:
            self.used = cache.decr(self.key, REQUEST - NOT_MODIFIED)
        except ValueError:
            self.used = 0

    def take_lines(self, lines: int) -> bool:
        """Charge a request for the lines it asks to be checked; False, and nothing charged, when that is more than what was left."""
        cost = max(0, lines - REQUEST) * LINE
        with contextlib.suppress(ValueError):  # the window ended meanwhile
            self.used = cache.incr(self.key, cost)
            if self.exceeded:
                self.used = cache.decr(self.key, cost)
                return False
        return True

    @property
    def lines_left(self) -> int:
        """How many lines the next request could ask to be checked."""
        left = self.limit * REQUEST - self.used
        return REQUEST + (left - REQUEST) // LINE if left >= REQUEST else 0

    def headers(self) -> dict[str, str]:
        """``X-RateLimit-Reset`` counts seconds, so that no clock need agree with ours."""
        left = max(0, self.limit * REQUEST - self.used) // REQUEST
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(self.reset),
        }


def quota_of(request) -> Quota:
    """What the address of a request has left, this request charged. Requests are counted in fixed windows."""
    rate = public_rate()
    client = network(BaseThrottle().get_ident(request) or "")
    # Windows start at another moment for each client, so that not all come back in the same second.
    moment = time.time() + zlib.crc32(client.encode()) % rate.seconds
    key = f"api-quota:{client}:{moment // rate.seconds:.0f}"
    reset = math.ceil(rate.seconds - moment % rate.seconds)
    return Quota(key, rate.requests, _add(key, reset + 1), reset)


class PublicThrottle(BaseThrottle):
    """Counts requests per address; leaves the ``Quota`` on the view for the headers of the answer."""

    def allow_request(self, request, view) -> bool:
        view.quota = self.quota = quota_of(request)
        return not self.quota.exceeded

    def wait(self) -> int:
        return self.quota.reset


def _add(key: str, seconds: int) -> int:
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key, REQUEST)
    except ValueError:
        # It ran out between the two calls.
        cache.set(key, REQUEST, seconds)
        return REQUEST


def address_of(request) -> str:
    """Whom failed sign-ins are counted for: the address ``network`` knows, or none in particular where a socket tells none."""
    return network(BaseThrottle().get_ident(request) or "").partition("/")[0] or "::"


def network(address: str) -> str:
    """Whom an address belongs to: itself for IPv4, its /64 for IPv6, since one host there has a whole /64.

    >>> network("2001:db8::1")
    '2001:db8::/64'
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        # Keys of some caches forbid spaces; a forged X-Forwarded-For may hold anything.
        return re.sub(r"[^\w.:]", "_", address)[:64]
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
