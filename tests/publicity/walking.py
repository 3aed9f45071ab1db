"""Reading the whole site: every address, taken from its URL patterns so that none is forgotten, all that an answer holds, its links."""

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import product
from urllib.parse import urldefrag, urlsplit

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern

ORIGIN = "http://testserver"
LINK = re.compile(r"""(?:href|src|action)="([^"#]+)|<loc>([^<]+)|"(https?://testserver/[^"\s]+|/[a-z][^"\s]*)\"""")
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")
# The admin is for staff, and has tests of its own.
LEFT_OUT = ("admin/", "en/admin/")


def patterns(resolver=None, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Every address as it is written in the patterns, ``/record/<slug:key>/``, in each language, with its pattern."""
    for found in (resolver or get_resolver()).url_patterns:
        for part in written(found.pattern):
            if (before + part).removeprefix("/").startswith(LEFT_OUT):
                continue
            if isinstance(found, URLPattern):
                yield before + part, found
            else:
                yield from patterns(found, before + part)


def written(pattern) -> list[str]:
    match pattern:
        case LocalePrefixPattern():
            return ["", "en/"]
        case RoutePattern():
            return [str(pattern)]
        case RegexPattern():
            plain = str(pattern).removeprefix("^").removesuffix("$").replace("/?", "").replace("(?P<rest>.*)", "<rest>")
            assert not set(plain) & set("()[]*+?\\"), f"tell here how {pattern} is written"
            return [plain]
    raise AssertionError(f"tell here how {pattern!r} is written")


def addresses(values: dict[str, list[str]]) -> Iterator[str]:
    """Every address with each of the values that may stand in it; an unknown place in a new one is an error."""
    for route, pattern in patterns():
        places = PLACE.findall(route)
        unknown = [place for place in places if place not in values]
        assert not unknown, f"{route}: tell the walk what may stand for {unknown}"
        for chosen in product(*(values[place] for place in places)):
            address = route
            for value in chosen:
                address = PLACE.sub(value, address, count=1)
            yield address, pattern


def text_of(response) -> str:
    """Everything an answer holds: its headers and its body, archives unpacked."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    head = " ".join(f"{name}: {value}" for name, value in response.items())
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:2] == b"PK":
        archive = zipfile.ZipFile(io.BytesIO(content))
        content = b"\n".join(archive.read(name) for name in archive.namelist())
    return head + content.decode("utf-8", "replace")


def links(path: str, text: str):
    for found in LINK.finditer(text):
        address = next(filter(None, found.groups())).replace("&amp;", "&").removeprefix(ORIGIN)
        if address.startswith("/") and not address.startswith("//") and "{" not in address:
            yield urldefrag(address).url
        elif address.startswith("?"):
            yield urlsplit(path).path + urldefrag(address).url
