"""English is complete: every message is translated, and the compiled catalogue says what its source says."""

import gettext
import re
from pathlib import Path

import polib
import pytest

from publicity.provinces import PROVINCES
from records.catalog import catalog
from records.regions import provinces

LOCALE = Path(__file__).parent.parent / "locale" / "en" / "LC_MESSAGES"
CHINESE = re.compile(r"[一-鿿]")
SOURCE = polib.pofile(LOCALE / "django.po")


def _compiled() -> gettext.GNUTranslations:
    with (LOCALE / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_every_chinese_message_has_its_english():
    missing = [entry.msgid for entry in SOURCE if not entry.obsolete and CHINESE.search(entry.msgid) and not entry.translated()]
    assert missing == []


def test_english_holds_chinese_only_as_a_quoted_example_or_name():
    quoted = re.compile(r"“[^”]*”|\([^)]*\)|（[^）]*）|中文")
    mixed = [entry.msgstr for entry in SOURCE if CHINESE.search(quoted.sub("", entry.msgstr))]
    assert mixed == []


def test_the_compiled_catalogue_is_the_one_of_its_source():
    compiled = _compiled()
    singular = [entry for entry in SOURCE.translated_entries() if not entry.msgid_plural]
    stale = [entry.msgid for entry in singular if compiled.gettext(entry.msgid) != entry.msgstr]
    assert stale == []


def test_placeholders_survive_translation():
    pattern = re.compile(r"%\(\w+\)[sd]")
    broken = [
        entry.msgid
        for entry in SOURCE.translated_entries()
        if not entry.msgid_plural and set(pattern.findall(entry.msgid)) != set(pattern.findall(entry.msgstr))
    ]
    assert broken == []


def test_the_provinces_gettext_collects_are_those_of_the_table():
    assert set(PROVINCES) == set(provinces().values())


@pytest.mark.parametrize("province", sorted(set(provinces().values())))
def test_every_province_has_an_english_name(province):
    assert _compiled().gettext(province) != province


@pytest.mark.parametrize("slug", list(catalog().datasets))
def test_every_dataset_and_column_has_an_english_title(slug):
    dataset = catalog().datasets[slug]
    assert not CHINESE.search(dataset.title_en + dataset.summary_en)
    assert [field.name for field in dataset.fields if not field.title_en or CHINESE.search(field.title_en)] == []
