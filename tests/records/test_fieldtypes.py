"""How a cell becomes a value: every column type, what it accepts, what it refuses and what it says."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.fieldtypes import TYPES, ValueProblem, fold, is_nothing
from tests.records.cells import column, parse, problem, show

STATES = {
    "1": {"zh": "有效", "en": "valid"},
    "2": {"zh": "无效", "en": "invalid"},
    "A1": {"zh": "其他（补充）", "en": "other"},
}
KINDS = {
    "warning": {"zh": "警告", "en": "warning"},
    "fine": {"zh": "罚款", "en": "fine"},
    "confiscation": {"zh": "没收违法所得、没收非法财物", "en": "confiscation"},
}
NOTHING = [
    "",
    " ",
    "\u3000",
    "/",
    "-",
    "--",
    "—",
    "——",
    "－",
    "N/A",
    "n/a",
    "NA",
    "null",
    "None",
    "无",
    "空",
    "暂无",
    "（空）",
    "\\N",
]
CITIZEN = "110101199003070038"


# Every type


def test_the_set_of_types_is_closed():
    assert set(TYPES) == {
        *("text", "long_text", "uscc", "identifier", "date", "year", "decimal", "integer", "boolean", "code", "person"),
        *("url", "capital"),
    }


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_is_nothing_in_every_type(text):
    assert is_nothing(text)
    for kind in TYPES:
        if (kind, text) != ("boolean", "无"):
            assert parse(kind, text, codes=STATES, separator=";") is None, kind


@pytest.mark.parametrize("text", ["0", "无锡", "空调", "nil by mouth", "不详", "-1", "无人机"])
def test_what_only_looks_like_nothing_is_something(text):
    assert not is_nothing(text)


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=40))
def test_a_type_gives_json_or_says_what_is_wrong(kind, text):
    declared = column(codes=STATES, separator=";", unit="万元")
    try:
        value = TYPES[kind].parse(text, declared)
    except ValueProblem as caught:
        value, words = None, [caught.message, caught.message_en]
    else:
        words = [TYPES[kind].show(value, declared, lang) for lang in ("zh", "en")] if value is not None else []
    assert json.loads(json.dumps(value)) == value
    assert all(words)


@given(st.sampled_from(["text", "long_text", "identifier", "url", "date", "uscc"]), st.text(max_size=40))
def test_a_value_read_again_is_the_same_value(kind, text):
    try:
        value = parse(kind, text)
    except ValueProblem:
        return
    assert value is None or parse(kind, value) == value


def test_a_problem_travels_between_processes():
    caught = problem("date", "昨天")
    again = pickle.loads(pickle.dumps(caught))
    assert (again.message, again.message_en, str(again)) == (caught.message, caught.message_en, caught.message)


@pytest.mark.parametrize("kind", ["date", "decimal", "year", "boolean", "code"])
def test_a_problem_names_the_value_but_never_repeats_an_identity_number(kind):
    assert "昨天下午" in problem(kind, "昨天下午", codes=STATES).message
    slipped = problem(kind, f"号码{CITIZEN}", codes=STATES)
    assert CITIZEN not in slipped.message + slipped.message_en


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("行政相对人代码_1（统一社会信用代码）", "行政相对人代码＿１ (统一社会信用代码)："),
        ("CF_WSH", "cf-wsh"),
        ("罚款金额（万元）", " 罚款金额 [万元] "),
        ("*名称", "名称"),
        ("许可证〔号〕", "许可证【号】"),
    ],
)
def test_titles_are_compared_without_width_case_brackets_and_marks(one, other):
    assert fold(one) == fold(other)


def test_different_titles_stay_different():
    assert fold("行政相对人代码_2") != fold("行政相对人代码_3")


# Text


def test_text_is_stripped_and_otherwise_left_as_given():
    assert parse("text", "\u3000某某（集团）　有限公司 \t") == "某某（集团）　有限公司"
    assert parse("text", "ＡＢＣ") == "ＡＢＣ"
    assert parse("text", "\ufeff某某\u200b公司") == "某某公司"


def test_one_line_of_text_has_no_line_breaks_and_long_text_one_kind_of_them():
    assert parse("text", "第一行\r\n第二行\t末") == "第一行 第二行 末"
    assert parse("long_text", "第一行\r\n第二行\r第三行\n\n末") == "第一行\n第二行\n第三行\n\n末"


@pytest.mark.parametrize("kind", ["text", "long_text", "identifier", "person", "url"])
@pytest.mark.parametrize(
    "character", ["\x00", "\x07", "\x1b", "\x7f", "\u202e", "\u2066", "\u061c", "\ud800", "\uffff"]
)
def test_control_characters_and_turned_reading_are_refused(kind, character):
    assert f"U+{ord(character):04X}" in problem(kind, f"甲{character}乙").message


def test_broken_decoding_and_formula_errors_are_refused():
    assert "U+FFFD" in problem("text", "某\ufffd公司").message
    assert "#REF!" in problem("text", "#REF!").message
    assert parse("text", "#1 库房") == "#1 库房"


def test_text_longer_than_declared_is_refused_with_both_lengths():
    assert parse("text", "一二三四五", max_length=5) == "一二三四五"
    message = problem("text", "一二三四五六", max_length=5).message
    assert "6" in message
    assert "5" in message


@pytest.mark.parametrize(
    "text", [f"当事人（{CITIZEN}）", "电话13800138000", "电话：138 0013 8000", "１３８００１３８０００"]
)
def test_free_text_with_a_personal_number_is_refused_without_repeating_it(text):
    message = problem("long_text", text).message
    assert not any(character.isdigit() for character in message)


def test_an_identity_number_is_no_identifier():
    assert CITIZEN not in problem("identifier", CITIZEN).message
    problem("identifier", f"{CITIZEN}01")
    assert parse("identifier", "市监罚〔2019〕1号") == "市监罚〔2019〕1号"
    assert parse("identifier", "'000123") == "000123"
    assert parse("identifier", "440301103097413") == "440301103097413"
    for text in ("4.40301E+14", "4.40301103097413E14", "12E+10"):
        assert "科学计数法" in problem("identifier", text).message
        assert "科学计数法" in problem("text", text, role="document_no").message
    assert parse("identifier", "440301103097413.0") == "440301103097413"


def test_a_registration_number_is_normalised_like_a_code_and_fits_its_column():
    assert parse("identifier", "３３０１１０ 000000019号", role="legacy_no") == "330110000000019"
    assert "20" in problem("identifier", "330110000000019；330110000000027", role="legacy_no").message
    assert parse("identifier", "企独京总字第000123号", role="legacy_no") == "企独京总字第000123号"


@pytest.mark.parametrize("character", "\u034f\u115f\u1160\u2800\u3164")
def test_what_looks_like_nothing_is_no_part_of_a_name(character):
    assert f"U+{ord(character):04X}" in problem("text", f"青岚{character}公司").message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://example.com/a?b=1#c", "https://example.com/a?b=1#c"),
        ("HTTP://example.com", "HTTP://example.com"),
        ("www.example.com/路径", "http://www.example.com/路径"),
        ("例子.中国", "http://例子.中国"),
    ],
)
def test_a_web_address_is_http_or_https(text, value):
    assert parse("url", text) == value


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "ftp://example.com",
        "http://",
        "//example.com",
        "http://a b.cn",
        "http://u:p@x.cn",
        "某网站",
        "a@b.cn",
    ],
)
def test_anything_else_is_no_web_address(text):
    problem("url", text)


# Codes, names, yes and no


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("914403001922038216", "914403001922038216"),
        (" ９１４４-0300-1922038216", "914403001922038216"),
        ("440301103097413", "440301103097413"),
    ],
)
def test_a_code_column_takes_a_unified_code_or_an_old_registration_number(text, value):
    assert parse("uscc", text) == value


def test_a_wrong_code_is_explained_with_place_and_candidate():
    message = problem("uscc", "9144O3001922038216").message
    assert "第 5 位" in message
    assert "914403001922038216" in message
    assert "组织机构代码" in problem("uscc", "55138508-2").message
    assert "税务" in problem("uscc", "110108551385082").message
    assert CITIZEN not in problem("uscc", CITIZEN).message


@pytest.mark.parametrize("text", ["1", "有效", "VALID", " １ ", "valid "])
def test_an_enumeration_takes_key_or_label(text):
    assert parse("code", text, codes=STATES) == "1"


def test_a_label_is_compared_folded():
    assert parse("code", "其他(补充)", codes=STATES) == "A1"
    assert parse("code", "a1", codes=STATES) == "A1"


def test_an_unknown_value_of_an_enumeration_is_refused_with_the_allowed_ones():
    message = problem("code", "3", codes=STATES).message
    assert "3" in message
    assert "有效、无效" in message


@pytest.mark.parametrize("text", ["警告;罚款", "警告；罚款", " warning ; 罚款 ;", "警告;罚款;警告"])
def test_several_values_are_split_at_the_declared_mark(text):
    assert parse("code", text, codes=KINDS, separator=";") == ["warning", "fine"]


def test_one_value_stays_one_value_and_a_label_may_hold_the_mark():
    assert parse("code", "罚款;", codes=KINDS, separator=";") == "fine"
    assert parse("code", "没收违法所得、没收非法财物", codes=KINDS, separator="、") == "confiscation"
    assert "训诫" in problem("code", "警告;训诫", codes=KINDS, separator=";").message
    problem("code", "警告;罚款", codes=KINDS)


def test_a_label_of_two_keys_is_neither():
    codes = {"1": {"zh": "其他"}, "2": {"zh": "其他"}}
    problem("code", "其他", codes=codes)
    assert parse("code", "2", codes=codes) == "2"


def test_labels_are_shown_in_the_language_asked_for():
    assert show("code", ["warning", "fine"], codes=KINDS) == "警告；罚款"
    assert show("code", ["warning", "fine"], "en", codes=KINDS) == "warning; fine"
    assert show("code", "gone", "en", codes=KINDS) == "gone"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("是", True),
        ("有", True),
        ("√", True),
        ("Y", True),
        ("1", True),
        ("true", True),
        ("否", False),
        ("无", False),
        ("没有", False),
        ("×", False),
        ("n", False),
        ("０", False),
    ],
)
def test_yes_and_no_have_many_words(text, value):
    assert parse("boolean", text) is value


def test_yes_and_no_know_no_third_word():
    problem("boolean", "也许")
    assert [show("boolean", value, lang) for value in (True, False) for lang in ("zh", "en")] == [
        "是",
        "yes",
        "否",
        "no",
    ]


def test_a_name_is_masked_before_it_is_a_value_when_the_column_says_so():
    assert parse("person", "张三", mask=True) == "张*"
    assert parse("person", "张三") == "张三"
