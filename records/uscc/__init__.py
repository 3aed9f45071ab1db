"""The unified social credit code (统一社会信用代码, GB 32100-2015) and the older numbers it replaced.

A code has 18 characters: registration department (1), category (2), division of the registering authority (3–8),
organisation code of GB 11714 (9–17, the last its own check digit), check character (18, weights 3^i mod 31).
Older numbers are told apart, never mistaken for a code: registration number of 15 digits (GS 15-2006, check digit by
ISO 7064 MOD 11,10) or 13 (no check digit), organisation code of 9, tax number of 15 or 20.
Nothing here changes a code silently: a likely slip of the pen is offered as ``Verdict.candidate`` and no more.
"""

from records.uscc.explaining import Problem, Verdict, explain
from records.uscc.numbers import (
    ALPHABET,
    DEPARTMENTS,
    check_character,
    is_valid,
    legacy_check_digit,
    may_be_part,
    normalise,
    one_slip_away,
    org_check_character,
    region_of,
    registration_department,
)  # fmt: skip
from records.uscc.within import name_and_code

__all__ = [
    "ALPHABET", "DEPARTMENTS", "Problem", "Verdict", "check_character", "explain", "is_valid", "legacy_check_digit", "may_be_part",
    "name_and_code", "normalise", "one_slip_away", "org_check_character", "region_of", "registration_department",
]  # fmt: skip
