"""A cell, the column it stands in, and what becomes of it: what the tests of column types share."""

from types import SimpleNamespace

import pytest

from records.fieldtypes import TYPES, ValueProblem


def column(**declared):
    plain = {"title": "某列", "role": "", "unit": "", "codes": {}, "separator": "", "mask": False, "max_length": 0, "whole_day": False}
    return SimpleNamespace(**plain | declared)


def parse(kind, text, **declared):
    return TYPES[kind].parse(text, column(**declared))


def show(kind, value, lang="zh", **declared):
    return TYPES[kind].show(value, column(**declared), lang)


def problem(kind, text, **declared):
    with pytest.raises(ValueProblem) as caught:
        parse(kind, text, **declared)
    assert caught.value.message
    assert caught.value.message_en
    return caught.value
