"""The addresses of what pages name most: resolving one for each of a hundred rows costs more than the rows."""

import functools

from django.urls import reverse
from django.utils.translation import get_language

_MARK = "0mark"


def address_of(view: str, name: str) -> str:
    """The path of a view with one argument, in the language of the reader, as ``reverse`` gives it."""
    if not (name.isascii() and name.isalnum()):
        return reverse(view, args=[name])
    return _path(view, get_language()).replace(_MARK, name)


@functools.cache
def _path(view: str, language: str) -> str:  # noqa: ARG001 - part of the cache key
    return reverse(view, args=[_MARK])
