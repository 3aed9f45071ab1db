"""Numbers, amounts with units, registered capital: exact, in one form, nothing guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.cells import parse, problem, show


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            ("0.2", "0.2"),
            ("0.200000", "0.2"),
            ("100", "100"),
            ("100.00", "100"),
            ("0", "0"),
            ("-0", "0"),
            ("0.00", "0"),
        ),
        *(
            ("1,234.50", "1234.5"),
            ("１，２３４．５", "1234.5"),
            ("12,345,678", "12345678"),
            ("007", "7"),
            (".5", "0.5"),
        ),
        *(
            ("-3.50", "-3.5"),
            ("−3", "-3"),
            ("+3", "3"),
            (" 3 ", "3"),
            ("9" * 20, "9" * 20),
            ("0.30000000000000004",) * 2,
        ),
    ],
)
def test_a_number_is_exact_and_has_one_form(text, value):
    assert parse("decimal", text) == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1,0,0",
            "1,00",
            ",1",
            "1,",
            "1,2345",
            "1E5",
            "1.2e-3",
            "inf",
            "-Infinity",
            "nan",
            "5.",
            "1.2.3",
            "12 000",
            "--5",
        ),
        *("0.2①", "2000¹", "10²", "一百", "5元", "5%", "￥5", "0x10", "1_000", "9" * 21, f"0.{'1' * 21}"),
    ],
)
def test_what_is_no_plain_number_is_refused_and_named(text):
    assert text in problem("decimal", text).message


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        *(("2000元", "万元", "0.2"), ("3万元", "万元", "3"), ("3万", "万元", "3"), ("1.5亿元", "万元", "15000")),
        *(
            ("2,000.00元人民币", "万元", "0.2"),
            ("2000（元）", "万元", "0.2"),
            ("¥2000", "万元", "0.2"),
            ("￥ 2,000.00", "万元", "0.2"),
            ("¥2000元", "万元", "0.2"),
            ("¥0.2万元", "万元", "0.2"),
            ("人民币2000元", "万元", "0.2"),
            ("¥5", "元", "5"),
            ("30万元", "元", "300000"),
            ("1元", "亿元", "0.00000001"),
        ),
        *(
            ("5 千元", "万元", "0.5"),
            ("3万美元", "万美元", "3"),
            ("5%", "%", "5"),
            ("５％", "%", "5"),
            ("0.5", "%", "0.5"),
            ("30人", "人", "30"),
        ),
    ],
)
def test_a_stated_unit_is_converted_exactly_to_that_of_the_column(text, unit, value):
    assert parse("decimal", text, unit=unit) == value


@given(
    st.decimals(0, 10**9, places=6), st.sampled_from([("元", 0), ("千元", 3), ("万元", 4), ("百万元", 6), ("亿元", 8)])
)
def test_conversion_between_units_loses_nothing(amount, unit):
    word, exponent = unit
    assert Decimal(parse("decimal", f"{amount:f}{word}", unit="万元")) == amount * Decimal(10) ** exponent / 10**4


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        *(("3万美元", "万元"), ("3万元", "万美元"), ("3人", "%"), ("5%", "万元"), ("3元", "")),
        *(("¥5", "万美元"), ("¥5美元", "万美元"), ("¥5", "%")),
    ],
)
def test_another_unit_is_refused(text, unit):
    problem("decimal", text, unit=unit)


def test_an_amount_of_money_is_not_negative():
    assert "负" in problem("decimal", "-5", unit="万元").message
    assert parse("decimal", "-5", unit="%") == "-5"


@pytest.mark.parametrize(
    ("kind", "unit", "example"),
    [
        *(("decimal", unit, "2000元 或 0.2万元") for unit in ("万元", "元")),
        *(("decimal", "万美元", "12.5"), ("decimal", "%", "12.5"), ("integer", "", "12")),
    ],
)
@pytest.mark.parametrize("text", ["两千", "1,00", "1e3", "约20"])
def test_what_is_no_number_is_answered_with_an_example(kind, unit, example, text):
    assert problem(kind, text, unit=unit).message.endswith(f"，应如 {example}")


@pytest.mark.parametrize("text", ["$5", "€5", "-£5"])
def test_the_sign_of_another_currency_is_named(text):
    assert "外币" in problem("decimal", text, unit="万元").message


def test_an_amount_with_the_sign_of_the_yuan_is_not_negative():
    for text in ("-¥5", "¥-5"):
        assert "负" in problem("decimal", text, unit="万元").message


def test_a_whole_number_has_no_fraction():
    assert parse("integer", "1,234") == 1234
    assert parse("integer", "-3") == -3
    assert parse("integer", "3.00") == 3
    assert parse("integer", "30人", unit="人") == 30
    assert "整数" in problem("integer", "1.5").message


def test_numbers_are_shown_in_groups_with_their_unit():
    assert show("decimal", "1234.5", unit="万元") == "1,234.5 万元"
    assert show("decimal", "1234.5", "en", unit="万元") == "CNY 12,345,000"
    assert show("decimal", "0.2", "en", unit="万元") == "CNY 2,000"
    assert show("decimal", "-0.5", unit="%") == "-0.5%"
    assert show("integer", 1234) == "1,234"
    assert show("integer", -1234, unit="人") == "-1,234 人"


# Registered capital


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        *(("1,234(万元人民币)", "12340000", "CNY"), ("77(万元)", "770000", "CNY"), ("66万人民币", "660000", "CNY")),
        *(
            ("31万元人民币", "310000", "CNY"),
            ("42(万人民币元)", "420000", "CNY"),
            ("35.4600(万元人民币)", "354600", "CNY"),
        ),
        *(
            ("26（万元）", "260000", "CNY"),
            ("18(万元(人民币))", "180000", "CNY"),
            ("18(万元（人民币）)", "180000", "CNY"),
        ),
        *(
            ("20( 万人民币元)", "200000", "CNY"),
            ("40(万人民币 )", "400000", "CNY"),
            ("1,700,000(人民币元)", "1700000", "CNY"),
        ),
        *(("7元人民币", "7", "CNY"), ("8(万元人民币元)", "80000", "CNY"), ("500万元整", "5000000", "CNY")),
        *(("人民币300万元", "3000000", "CNY"), ("2.5亿元", "250000000", "CNY"), ("3100000人民币", "3100000", "CNY")),
        *(("64(万美元)", "640000", "USD"), ("64(万美元 )", "640000", "USD"), ("80(万元美元)", "800000", "USD")),
        *(
            ("64(万元(美元))", "640000", "USD"),
            ("28,667.000000万美元", "286670000", "USD"),
            ("USD 50万", "500000", "USD"),
        ),
        *(("2,100(万香港元)", "21000000", "HKD"), ("52(万港币)", "520000", "HKD"), ("16.5(万港元)", "165000", "HKD")),
        *(
            ("9,600(万元(港币))", "96000000", "HKD"),
            ("22,500(万日元)", "225000000", "JPY"),
            ("80(万欧元)", "800000", "EUR"),
        ),
        *(
            ("24(万英镑)", "240000", "GBP"),
            ("1,530(万新加坡元)", "15300000", "SGD"),
            ("56(万德国马克)", "560000", "DEM"),
        ),
        *(("2,792(万澳大利亚元)", "27920000", "AUD"), ("0万港元", "0", "HKD")),
    ],
)
def test_the_shapes_of_registered_capital_are_understood(text, amount, currency):
    assert parse("capital", text) == {"text": text, "amount": amount, "currency": currency}


def test_ten_thousands_of_no_currency_have_no_currency():
    assert parse("capital", "1,300(万)") == {"text": "1,300(万)", "amount": "13000000"}


@pytest.mark.parametrize(
    "text",
    [
        "200",
        "9.5",
        "5()",
        "1,00(万元)",
        "壹佰万元整",
        "100万(美元)人民币",
        "认缴",
        "约100万元",
        "100-200万元",
        "-5万元",
        "1e3万元",
        "人民币100",
    ],
)
def test_what_is_not_understood_stays_text_and_nothing_is_guessed(text):
    assert parse("capital", text) == {"text": text}


def test_capital_is_shown_as_given_and_in_english_as_an_amount():
    value = parse("capital", "1,234(万元人民币)")
    assert show("capital", value) == "1,234(万元人民币)"
    assert show("capital", value, "en") == "CNY 12,340,000"
    assert show("capital", {"text": "5()"}, "en") == "5()"
