"""Unified social credit codes (GB 32100-2015) and the numbers before them: what is accepted, told apart, explained."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import uscc
from records.regions import region_name
from records.uscc import within

REAL = [
    # Published registrations; well-formedness is all that is tested.
    "914403001922038216",
    "9144030071526726XG",
    "91110108551385082Q",
    "91330100799655058B",
    "91110000100010433L",
    "91100000100003962T",
    "91440300192317458F",
    "9152000071430580XT",
    "911103026605015136",
    "12100000400002259P",
    "11100000MB0143028R",
    "91110000802100433B",
    "911100007109250324",
    "911100001000044477",
    "9111000010169286X1",
    "91110000710925462X",
    "91440400192548256N",
    "91440300100012316L",
    "91440300192181490G",
    "91350900587527783P",
    "12100000400000624D",
]
SYNTHETIC = [
    "N2330110MF1000015C",
    "A1100000MC0000012P",
    "Y1440300MJ00000186",
    "54110105MF0000013E",
    "92440300MA5ABCDE5T",
    "52110000MJ0000018W",
]
LEGACY = ["440301103097413", "110108012660422", "440301501120670", "330203000030639", "610133100126482"]
CITIZEN = "110101199003070038"

prefixes = st.sampled_from([first + second for first, (_, _, ways) in uscc.DEPARTMENTS.items() for second in ways])
divisions = st.sampled_from(["100000", "110108", "440300", "330110", "610138"])
bodies = st.text(uscc.ALPHABET, min_size=8, max_size=8)


@st.composite
def codes(draw):
    body = draw(bodies)
    first17 = draw(prefixes) + draw(divisions) + body + uscc.org_check_character(body)
    return first17 + uscc.check_character(first17)


def problems(text):
    return [(problem.code, problem.position) for problem in uscc.explain(text).problems]


@pytest.mark.parametrize("code", REAL + SYNTHETIC)
def test_a_real_code_is_valid(code):
    assert uscc.is_valid(code)
    verdict = uscc.explain(code)
    assert (verdict.kind, verdict.code, verdict.problems, verdict.warnings) == ("uscc", code, (), ())


@given(codes())
def test_a_code_with_both_check_digits_right_is_valid(code):
    assert uscc.is_valid(code)


@given(codes(), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_one_wrong_character_is_always_found(code, place, character):
    wrong = code[:place] + character + code[place + 1 :]
    assert uscc.is_valid(wrong) == (wrong == code)


@given(codes(), st.integers(0, 16))
def test_two_neighbours_swapped_are_always_found(code, place):
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert uscc.is_valid(swapped) == (swapped == code)


@given(codes())
def test_the_check_character_is_the_weighted_sum_of_the_standard(code):
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(uscc.ALPHABET.index(character) * weight for character, weight in zip(code, weights, strict=False))
    assert code[17] == uscc.ALPHABET[(31 - total % 31) % 31]


def test_a_remainder_of_zero_gives_the_check_character_0():
    first17 = "914403001922038" + "00"
    zero = next(
        first17[:8] + f"{number:08d}" + uscc.org_check_character(f"{number:08d}")
        for number in range(1000)
        if uscc.check_character(first17[:8] + f"{number:08d}" + uscc.org_check_character(f"{number:08d}")) == "0"
    )
    assert uscc.is_valid(f"{zero}0")


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_the_check_digit_of_an_organisation_code_is_that_of_gb_11714(body):
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    digit = 11 - sum(values.index(character) * weight for character, weight in zip(body, weights, strict=True)) % 11
    assert uscc.org_check_character(body) == {10: "X", 11: "0"}.get(digit, str(digit))


@pytest.mark.parametrize(
    "text",
    [
        "9144030071526726xg",
        "９１４４０３００７１５２６７２６ＸＧ",
        " 9144 0300 7152 6726 XG ",
        "91440300-71526726-X-G",
        "'9144030071526726XG",
        "\ufeff9144030071526726XG\u200b",
        "9144030071526726XG\t\u3000\u00a0",
    ],
)
def test_the_way_a_code_is_typed_does_not_matter(text):
    assert uscc.normalise(text) == "9144030071526726XG"
    assert uscc.explain(text).kind == "uscc"


@pytest.mark.parametrize(
    "text", ["", " ", "无", "/", "—", "－－", "暂无", "N/A", "null", "0" * 18, "0" * 17 + "X", "\ufeff"]
)
def test_a_placeholder_is_nothing(text):
    assert uscc.normalise(text) == ""
    assert uscc.explain(text).kind == "empty"


@given(codes(), st.lists(st.tuples(st.integers(0, 18), st.sampled_from(" -\t\u3000\u200b\ufeff")), max_size=4))
def test_spaces_hyphens_and_invisible_characters_anywhere_do_not_matter(code, insertions):
    text = code.lower()
    for place, character in insertions:
        text = text[:place] + character + text[place:]
    assert uscc.normalise(text) == code


@given(st.text(max_size=30))
def test_any_text_gets_a_verdict_with_a_reason(text):
    verdict = uscc.explain(text)
    assert verdict.kind in {"uscc", "legacy", "org_code", "tax_no", "empty", "invalid"}
    assert bool(verdict.problems) == (verdict.kind == "invalid")
    assert all(problem.message_zh and problem.message_en for problem in (*verdict.problems, *verdict.warnings))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("91350203M0001QAY9B", [("check", 18)]),
        ("91520382MAAJM1B991", [("check", 18)]),
        ("914403001922038316", [("org_check", 17), ("check", 18)]),
        ("X1440300192203821X", [("department", 1)]),
        ("B1440300192203821X", [("department", 1)]),
        ("94440300192203821X", [("category", 2)]),
        ("55440300192203821X", [("category", 2)]),
        ("A2100000MC0000012P", [("category", 2)]),
        ("N4330110MF1000015C", [("category", 2)]),
        ("Y2440300MJ00000186", [("category", 2)]),
        ("91A40300192203821X", [("division", 3)]),
        ("9144030019220382A6", [("org_form", 17)]),
        ("9I44O300192203821X", [("letter", 2), ("letter", 5)]),
        ("91440300S92203821Z", [("letter", 9), ("letter", 18)]),
        ("V1440300192203821X", [("letter", 1)]),
        ("91440300*92203821X", [("character", 9)]),
        ("91440300一92203821X", [("character", 9)]),
        ("91440300192203821", [("length", None)]),
        ("9144030019220382161", [("length", None)]),
        ("9.144E+17", [("scientific", None)]),
        ("9.14403001922038e17", [("scientific", None)]),
        ("440301103097414", [("legacy_check", 15)]),
        ("55138508-3", [("org_check", 9)]),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text, expected):
    assert problems(text) == expected


def test_a_message_says_the_place_and_the_right_character():
    verdict = uscc.explain("91350203M0001QAY9B")
    assert verdict.message("zh") == "第 18 位校验码应为 9，实为 B"
    assert verdict.message("en") == "character 18 (check character) should be 9, is B"


def test_a_code_cut_off_by_a_spreadsheet_is_recognised():
    assert ("truncated", None) in problems("914403001922038000")
    assert uscc.explain("914403001922038000").candidate is None


@pytest.mark.parametrize("code6", ["110399", "990000", "610140"])
def test_an_unknown_division_is_only_a_warning(code6):
    first17 = f"91{code6}MA0000001"[:16]
    first17 += uscc.org_check_character(first17[8:])
    verdict = uscc.explain(first17 + uscc.check_character(first17))
    assert (verdict.kind, verdict.problems) == ("uscc", ())
    assert [(warning.code, warning.position) for warning in verdict.warnings] == [("region", 3)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9144O3OO1922O38216", "914403001922038216"),
        ("9I44030019220382I6", "914403001922038216"),
        ("91llO1O8551385O82Q", "91110108551385082Q"),
        ("9144030071S26726XG", "9144030071526726XG"),
        ("9144030019ZZ038Z16", "914403001922038216"),
        ("9111010855138508ZQ", "91110108551385082Q"),
        ("911101085S1385082Q", "91110108551385082Q"),
        ("11100000M80143028R", "11100000MB0143028R"),
        ("911101085513850820", "91110108551385082Q"),
    ],
)
def test_a_misread_character_gives_a_candidate_and_is_never_corrected(typed, meant):
    verdict = uscc.explain(typed)
    assert verdict.kind == "invalid"
    assert verdict.code == typed.upper()
    assert verdict.candidate == meant
    assert meant in verdict.message("zh")
    assert meant in verdict.message("en")


@given(codes(), st.integers(0, 17), st.sampled_from("OISZV"))
def test_a_candidate_always_passes_both_check_digits(code, place, letter):
    candidate = uscc.explain(code[:place] + letter + code[place + 1 :]).candidate
    assert candidate is None or uscc.is_valid(candidate)


@pytest.mark.parametrize("typed", ["IOSZVIOSZVIOSZVIOS", "91440300192203821B", "某1440300192203821B", "O" * 18])
def test_nothing_is_suggested_where_nothing_fits(typed):
    assert uscc.explain(typed).candidate is None


@pytest.mark.parametrize("number", LEGACY)
def test_a_registration_number_of_15_digits_is_told_by_its_check_digit(number):
    verdict = uscc.explain(number)
    assert (verdict.kind, verdict.code, verdict.problems) == ("legacy", number, ())
    assert uscc.legacy_check_digit(number[:14]) == number[14]
    assert uscc.explain(f"{number}号").code == number


@pytest.mark.parametrize("number", ["4403011030974", "110108NA000016X"])
def test_a_number_without_check_digit_is_kept_with_a_warning(number):
    verdict = uscc.explain(number)
    assert (verdict.kind, verdict.code) == ("legacy", number)
    assert "unchecked" in {warning.code for warning in verdict.warnings}


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("55138508-2", "org_code", "551385082"),
        ("551385082", "org_code", "551385082"),
        ("71526726-X", "org_code", "71526726X"),
        ("MB0143028", "org_code", "MB0143028"),
        ("110108551385082", "tax_no", "110108551385082"),
        ("44030071526726X", "tax_no", "44030071526726X"),
    ],
)
def test_other_identifiers_are_told_apart(text, kind, code):
    verdict = uscc.explain(text)
    assert (verdict.kind, verdict.code) == (kind, code)


def test_a_citizens_number_is_refused_and_never_repeated():
    verdict = uscc.explain(CITIZEN)
    assert (verdict.kind, verdict.code) == ("invalid", "")
    assert problems(CITIZEN) == [("citizen_number", None)]
    assert CITIZEN not in verdict.message("zh") + verdict.message("en")


def test_an_individuals_tax_number_is_told_but_not_repeated():
    assert uscc.explain(f"{CITIZEN}01") == uscc.Verdict("tax_no", "")


@pytest.mark.parametrize(
    ("code6", "name"),
    [
        ("100000", "全国"),
        ("110000", "北京市"),
        ("110108", "北京市海淀区"),
        ("440300", "广东省深圳市"),
        ("440305", "广东省深圳市南山区"),
        ("429004", "湖北省仙桃市"),
        ("110103", "北京市崇文区"),
        ("810000", "香港特别行政区"),
        ("110302", "北京市北京经济技术开发区"),
        ("610138", "陕西省西安市国家民用航天产业基地"),
        ("990000", ""),
        ("", ""),
    ],
)
def test_a_division_has_a_name_even_when_abolished_or_a_zone(code6, name):
    assert region_name(code6) == name


def test_the_division_and_the_department_are_read_from_the_code():
    assert uscc.region_of("914403001922038216") == "440300"
    assert uscc.region_of("440301103097413") == "440301"
    assert uscc.region_of("551385082") == ""
    assert uscc.registration_department("914403001922038216") == "市场监管"
    assert uscc.registration_department("11100000MB0143028R") == "机构编制"
    assert uscc.registration_department("440301103097413") == ""


def test_name_and_code_are_told_apart_as_its_description_says():
    assert doctest.testmod(within).failed == 0


@given(st.text(alphabet="青岚公司代码税号ABIO019 -,，：（）①\u200b", max_size=60))
def test_any_text_is_told_apart_and_a_right_code_in_it_is_always_found(text):
    code = "91980101MF2000041M"
    found = uscc.name_and_code(text)[1]
    assert found == uscc.normalise(found)
    assert uscc.name_and_code(f"{text}公司，{code}，厂")[1] == code
