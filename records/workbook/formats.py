"""Number formats (§18.8.31): whether one makes a day of a number, and what it writes around a number or among its digits."""

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

# Formats of numbers that are days or times (§18.8.30), those of Chinese Excel (27 to 36, 50 to 58) among them.
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_SHARE_FORMATS = ("9", "10")
# Those that the language of the spreadsheet program fills in: in China with the sign of the yuan.
_MONEY_FORMATS = ("5", "6", "7", "8", "42", "44")
# A comma behind the last digit divides by a thousand; 0!.0, is how Chinese Excel shows units of ten thousand.
_SMALLER = re.compile(r"[0#?](?:!\.|\\\.)[0#?]|[0#?],+(?:[^0#?,]|$)").search
_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|[_*].|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[(?P<condition>[<>=][^\]]*)\]|\[[^\]]*\]'
    r"|(?P<code>General|E[+-]0+|[0#?@.,%])|(?P<end>;)|(?P<plain>.)",
    re.IGNORECASE | re.DOTALL,
).finditer


class Shape(NamedTuple):
    """What a format writes ``before`` and ``after`` a number, and how it writes the number itself.

    ``kind`` is "%" for a share, "0" for at least ``least`` digits, "among" for digits with something else in their ``midst``
    (None for each digit), "smaller" for a number shown smaller than it is, "doubtful" for words that depend on its size.
    """

    before: str = ""
    after: str = ""
    kind: str = ""
    least: int = 0
    midst: tuple[str | None, ...] = ()

    def write(self, number: str) -> str:
        """The number as the format shows it, though with all its digits."""
        sign, figures = ("-", number[1:]) if number.startswith("-") else ("", number)
        if self.kind == "%":
            figures = _percent(figures)
        elif self.kind and figures.isdigit():
            figures = figures.rjust(self.least, "0")
            figures = _among(figures, self.midst) if self.midst else figures
        return f"{sign}{self.before}{figures}{self.after}".strip()


PLAIN = Shape()


def is_date(number: str, codes: dict[str, str]) -> bool:
    """Whether the format of this number makes a day or a time; ``codes`` are those the workbook declares."""
    if number in codes:
        code = _NOT_CODE.sub("", codes[number].partition(";")[0])
        return code.lower() != "general" and bool(_DATE_LETTERS.search(code))
    return number.isdigit() and int(number[:4]) in _DATE_FORMATS


def shape_of(number: str, codes: dict[str, str]) -> Shape:
    """What the format of this number makes of a number that is no day."""
    if number in codes:
        return _shape(codes[number])
    if number in _SHARE_FORMATS:
        return Shape(kind="%")
    return Shape(before="¥") if number in _MONEY_FORMATS else PLAIN


def around_text(number: str, codes: dict[str, str]) -> Shape:
    """What the format of this number writes around a text: the section that holds an @."""
    for _, pieces, _ in _sections(codes.get(number, "")):
        if (None, "@") in pieces:
            before, after, _ = _parts(pieces)
            return Shape(before, after)
    return PLAIN


# A literal has its words first, a piece of code its letters second.
_Piece = tuple[str | None, str]


def _sections(code: str) -> list[tuple[str, list[_Piece], bool]]:
    """Of each section its text, its pieces and whether it holds for some numbers only."""
    sections, start, pieces, conditional = [], 0, [], False
    for found in _PIECE(code):
        if found["end"]:
            sections.append((code[start : found.start()], pieces, conditional))
            start, pieces, conditional = found.end(), [], False
        elif found["code"]:
            pieces.append((None, found["code"]))
        elif found["condition"]:
            conditional = True
        elif literal := found["quoted"] or found["escaped"] or found["currency"] or found["plain"]:
            pieces.append((literal, ""))
    return [*sections, (code[start:], pieces, conditional)]


def _shape(code: str) -> Shape:
    """That of positive numbers: the others differ in their sign and colour, unless their size decides."""
    sections = _sections(code)
    if not any(conditional for _, _, conditional in sections):
        return _shape_of_section(*sections[0][:2])
    shapes = {_shape_of_section(text, pieces) for text, pieces, _ in sections if _parts(pieces)[2]}
    return shapes.pop() if len(shapes) == 1 else Shape(kind="doubtful") if shapes else PLAIN


def _shape_of_section(text: str, pieces: list[_Piece]) -> Shape:
    before, after, middle = _parts(pieces)
    letters = "".join(code for _, code in middle)
    if not letters:
        return PLAIN
    if any(code == "%" for _, code in pieces):
        return Shape(before, after, "%")
    if _SMALLER(text) or _SMALLER(_NOT_CODE.sub("", text)):
        return Shape(kind="smaller")
    if letters.strip("0#?"):
        between = any(literal and literal.strip() for literal, _ in middle) and "," not in letters
        return Shape(kind="doubtful") if between else Shape(before, after)
    least = letters.count("0")
    midst = tuple(literal for literal, _ in middle)
    if "/" in midst or not any(literal and literal.strip() for literal in midst):
        return Shape(before, after, "0", least) if least > 1 and "/" not in midst else Shape(before, after)
    return Shape(before, after, "among", least, midst)


def _parts(pieces: list[_Piece]) -> tuple[str, str, list[_Piece]]:
    """The words before the digits and behind them, and what is between."""
    code = [at for at, (literal, _) in enumerate(pieces) if literal is None]
    if not code:
        return "", "", []
    first, last = code[0], code[-1]
    before, after = ("".join(literal or "" for literal, _ in part) for part in (pieces[:first], pieces[last + 1 :]))
    return before, after, pieces[first : last + 1]


def _among(figures: str, midst: tuple[str | None, ...]) -> str:
    """The digits from the right into their places, what is left over in front."""
    left, written = list(figures), []
    for literal in reversed(midst):
        if literal is not None:
            written.append(literal)
        elif left:
            written.append(left.pop())
    return "".join([*left, *reversed(written)])


def _percent(figures: str) -> str:
    try:
        number = format(Decimal(figures) * 100, "f")
    except InvalidOperation:
        return figures
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number}%"
