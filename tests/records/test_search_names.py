"""Company names taken apart, pinyin, and slips of one character."""

import doctest

import pytest

from records.search import document, fold, folding, names, pinyin, ranking


@pytest.mark.parametrize("module", [folding, names, pinyin, ranking])
def test_the_examples_of_the_documentation_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("余姚市青岚光学仪器有限公司", ("余姚市", "青岚", "光学仪器", "有限公司")),
        ("浙江省宁波市镇海区云汀科技集团股份有限公司", ("浙江省宁波市镇海区", "云汀", "科技", "集团股份有限公司")),
        ("望汐环保科技（上海）有限责任公司", ("", "望汐", "环保科技上海", "有限责任公司")),
        ("霁川青岚商行", ("霁川", "青岚", "商行", "")),
        ("澄川青岚商行", ("", "澄川青岚", "商行", "")),
        ("苏州工业园区青岚光学有限公司", ("苏州工业园区", "青岚", "光学", "有限公司")),
        ("燕山光学有限公司", ("", "燕山", "光学", "有限公司")),
        ("上海有限公司", ("", "上海", "", "有限公司")),
    ],
)
def test_a_name_is_region_brand_word_trade_and_legal_form(name, parts):
    assert tuple(names.parts(fold(name))) == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [("云汀光学", "云汀广学"), ("云汀光学", "云光学"), ("云汀光学", "云汀汀光学"), ("云汀光学", "汀云光学")],
)
def test_one_character_wrong_missing_doubled_or_two_swapped_is_one_slip(one, other):
    assert ranking.one_slip(one, other)
    assert ranking.one_slip(other, one)


@pytest.mark.parametrize("other", ["云海广学", "光学", "汀云学光", "学光汀云"])
def test_more_than_that_is_not(other):
    assert not ranking.one_slip("云汀光学", other)


def test_pinyin_follows_the_word_a_character_stands_in():
    assert " ".join(pinyin.syllables("重庆银行")) == "chong qing yin hang"
    assert " ".join(pinyin.syllables("重工行业")) == "zhong gong hang ye"


def test_letters_that_are_no_pinyin_have_no_syllables():
    assert pinyin.ways("ytgx") == []
    assert pinyin.ways("x" * 60) == []
    assert len(pinyin.ways("xian" * 12)) == 4


def test_a_name_always_has_the_same_terms():
    first, again = (document(fold("青岚市云汀光学股份有限公司"), "91980101MF0000017X") for _ in range(2))
    assert first == again
    assert {"云汀", "§h云汀", "§yyunting", "§ytingguang", "§iytgx", "§g", "§r9801", "§t0017x"} <= first
