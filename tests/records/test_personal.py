"""Personal data in what agencies report: numbers are found, names are masked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from records.personal import find_personal_numbers, is_citizen_number, mask_person

# Made up; the check digit is right.
CITIZEN = "110101199003070038"
OLD_CITIZEN = "110101900307003"


@st.composite
def citizen_numbers(draw):
    born = draw(st.dates()).replace(year=draw(st.integers(1900, 2026)), day=draw(st.integers(1, 28)))
    first17 = f"{draw(st.sampled_from(['110101', '440305', '653101']))}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first17 + ric.calc_check_digit(f"{first17}0")


@given(
    citizen_numbers(),
    st.sampled_from(["", "张某，身份证号", "ID:", "（"]),
    st.sampled_from(["", "。", "，电话不详", "）"]),
)
def test_an_identity_number_in_a_text_is_found(number, before, after):
    assert is_citizen_number(number)
    assert "id_card" in find_personal_numbers(f"{before}{number}{after}")


@given(citizen_numbers(), st.integers(1, 9))
def test_a_number_with_a_wrong_check_digit_is_none(number, step):
    digits = "0123456789X"
    wrong = number[:17] + digits[(digits.index(number[17]) + step) % 11]
    assert not is_citizen_number(wrong)


@pytest.mark.parametrize(
    "text",
    [
        CITIZEN,
        CITIZEN.lower(),
        f"{CITIZEN}01",
        "110101 19900307 0038",
        "110101-19900307-0038",
        "110101 1990 0307 0038",
        "1101 0119 9003 0700 38",
        "110 101 199 003 070 038",
        " ".join(CITIZEN),
        "110101.19900307.0038",
        "110101—19900307—0038",
        "110101　19900307　0038",
        "110101\u200b199003070038",
        "1101011990\n03070038",
        "，2026-06-15 110101 19900307 0038",
        OLD_CITIZEN,
        "１１０１０１１９９００３０７００３８",
        *("110101 - 19900307 - 0038", "110101，19900307，0038", "110101（19900307）0038", "110101１９９００３０７0038"),
        *("11010119900307002Ｘ", "11010119900307002×", "110101\u3164199003070038"),
        # A resident from Taiwan, and a foreigner with the card of 2023.
        *("830000199003070035", "911156198803071232"),
    ],
)
def test_an_identity_number_is_found_in_every_way_it_is_written(text):
    assert find_personal_numbers(f"持证人{text}。") == ["id_card"]


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "电话13800138000。",
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "138—0013—8000",
        "138 00138 000",
        "138-001-38000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "138\u200b00138000",
        "+8613800138000",
        "0086 13800138000",
        "１３８００１３８０００",
        *("138－0013－8000", "1380013８000", "138 - 0013 - 8000", "(138)0013-8000", "+86(138)00138000"),
    ],
)
def test_a_mobile_number_is_found_in_every_way_it_is_written(text):
    assert find_personal_numbers(text) == ["mobile"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "无",
            "2019年10月10日",
            "市监罚〔2019〕1号",
            "罚款2000元",
            "12345678901",
            "编号1380013800012",
            "金额13800138000.00元",
        ),
        *("914403001922038216", "440301103097413", "91110108551385082Q", "999999199003070038", "110101199013070038"),
        *("1999-2026-001", "150 000 000 00", "2026.06.15-2027.06.14", "1 3 8 0 0 1 3 8 0 0 0 1"),
        *("12800138000", "010-12345678", "2023-05-06 10:30:00", "2023年5月6日至2023年7月8日", "1.13800138000"),
    ],
)
def test_other_numbers_are_left_in_peace(text):
    assert find_personal_numbers(text) == []


def test_a_number_behind_an_enclosed_numeral_is_found():
    assert find_personal_numbers("①13800138000") == ["mobile"]
    assert find_personal_numbers(f"⒈{CITIZEN}") == ["id_card"]


def test_the_kinds_are_told_and_never_the_numbers():
    assert find_personal_numbers(f"{CITIZEN}，13800138000") == ["id_card", "mobile"]


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        *(
            ("张三", "张*"),
            ("李小龙", "李**"),
            ("欧阳锋", "欧阳*"),
            ("司马相如", "司马**"),
            ("欧阳", "欧*"),
            ("张 三", "张*"),
        ),
        *(
            ("张", "*"),
            ("", ""),
            ("张*", "张*"),
            ("张三、李小龙", "张*、李**"),
            ("张三，李四", "张*,李*"),
            ("张三；李四", "张*;李*"),
        ),
        # Of a firm beside a person only the firm stays, of a person's place in a firm nothing.
        *(("李小明、王建社", "李**、王**"), ("张三、青岚投资有限公司", "张*、青岚投资有限公司"), ("张三（青岚公司员工）", "张*********")),
        *(("张三 青岚投资有限公司", "张* 青岚投资有限公司"), ("青岚投资有限公司　李小明、王五", "青岚投资有限公司 李**、王*")),
        *(("张三及青岚投资有限公司", "张*及青岚投资有限公司"), ("张三丰+青岚投资有限公司", "张**+青岚投资有限公司")),
        *(("青岚投资有限公司和李小明", "青岚投资有限公司和李**"), ("青岚投资有限公司（张三）", "青岚投资有限公司（张*）")),
        *(("John Smith", "J***"), ("Éric", "É***"), ("阿卜杜拉·买买提", "阿*******")),
    ],
)
def test_of_a_name_only_the_surname_stays(name, masked):
    assert mask_person(name) == masked


# Two letters of every word that marks an organisation.
ORGANISATIONAL = "公司集团企业合伙作社银行基金信托协学商会委员研究院所事务政府管理局"
OF_NAMES = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5, exclude_characters=ORGANISATIONAL)


@given(st.text(OF_NAMES, min_size=2, max_size=4))
def test_at_most_two_characters_of_a_chinese_name_stay(name):
    masked = mask_person(name)
    assert len(masked) == len(name)
    assert masked.rstrip("*") in (name[:1], name[:2])
    assert mask_person(masked) == masked


@pytest.mark.parametrize(
    "name",
    [
        *("青岚市测试投资有限公司", "青岚市云汀区测试五金厂", "测试合伙企业（有限合伙）", "青岚（集团）", "Test Holdings Co., Ltd."),
        *("金山 有限公司", "青岚 测试有限公司", "青岚和平投资有限公司", "云汀（集团）股份有限公司", "武汉 云汀食品有限公司"),
        *("云汀（江苏）食品有限公司", "云汀食品有限公司（武汉）", "马鞍山 云汀食品有限公司"),
    ],
)
def test_the_name_of_an_organisation_is_no_persons(name):
    assert mask_person(name) == name


def test_the_number_of_something_else_is_taken_for_an_identity_number_only_by_its_check_digit():
    assert find_personal_numbers(CITIZEN, numbered=True) == ["id_card"]
    assert find_personal_numbers(OLD_CITIZEN, numbered=True) == []
    assert find_personal_numbers("13800138000", numbered=True) == []
