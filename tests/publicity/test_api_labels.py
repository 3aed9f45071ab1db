"""Words in two languages: every code of an answer has both, and codes of different enumerations are not mixed up."""

import re

import pytest

from publicity.api.labels import both, label
from publicity.filters import CompanyFilter, ListingFilter, RecordFilter
from records.dataset import Category, Disclosure, Polarity
from records.models import Company, Event, SearchName, Severity

CHINESE = re.compile(r"[\u4e00-\u9fff]")
MODELS = (Severity, Company.Status, Company.Kind, Event.Kind, SearchName.Kind)
ENUMERATIONS = (Category, Polarity, Disclosure, *MODELS)


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_every_code_has_chinese_and_english_words(enumeration):
    labels = [label(member) for member in enumeration]
    assert [one["code"] for one in labels if not CHINESE.search(one["zh"])] == []
    assert [one["code"] for one in labels if CHINESE.search(one["en"])] == []


@pytest.mark.parametrize("filters", [CompanyFilter, RecordFilter, ListingFilter])
def test_every_filter_is_described_in_both_languages(filters):
    words = {name: both(item.label) for name, item in filters.base_filters.items()}
    assert [name for name, one in words.items() if CHINESE.search(one["en"])] == []


def test_equal_codes_of_different_enumerations_keep_their_own_words():
    assert label(Company.Status.OTHER)["zh"] == "其他"
    assert label(Category.OTHER)["zh"] == "其他信息"
