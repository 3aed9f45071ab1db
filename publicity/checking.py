"""A check as the page and its CSV show it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blacklists.screening import Candidate, Checked, Outcome
from publicity.profile import Row, language
from publicity.templatetags.credit import status_label
from records.dataset import Dataset, Polarity

HOW = {
    "code": gettext_lazy("代码相符"),
    "legacy": gettext_lazy("注册号相符"),
    "current": gettext_lazy("名称相符"),
    "former": gettext_lazy("曾用名相符"),
    "english": gettext_lazy("英文名称相符"),
    "suffix": gettext_lazy("代码末段相符"),
    "part": gettext_lazy("代码的一部分相符"),
    "parts": gettext_lazy("名称中依次含有各字"),
    "pinyin": gettext_lazy("拼音相符"),
    "near": gettext_lazy("只差一处"),
}
TONES = {Outcome.FOUND: "good", Outcome.UNSURE: "fair", Outcome.UNSEARCHED: "fair"}


def how(candidate: Candidate) -> str:
    """Why a company is taken for the one meant, in a few words."""
    if (candidate.features.get("code") is False and "name" in candidate.features) or candidate.features.get("name") is False:
        return _("名称与代码不一致")
    if "similarity" in candidate.features and candidate.kind != "near":
        return _("名称相近")
    return str(HOW[candidate.kind])


@dataclass(frozen=True)
class Result:
    """One line of a check with its number, from 1, and that of the first line that found the same company, 0 for none."""

    number: int
    checked: Checked
    same_as: int = 0

    @property
    def tone(self) -> str:
        return TONES.get(self.checked.outcome, "neutral")

    @cached_property
    def candidates(self) -> list[tuple[Candidate, str]]:
        return [(candidate, how(candidate)) for candidate in self.checked.candidates]

    @property
    def match(self) -> Candidate | None:
        return self.checked.match

    @property
    def how(self) -> str:
        return how(self.match)

    @cached_property
    def listings(self) -> list[Row]:
        return [Row(entry) for entry in self.checked.listings]

    @cached_property
    def ratings(self) -> list[Row]:
        return [Row(record) for record in self.checked.ratings]

    @property
    def wrong(self) -> str:
        """What is wrong with the code; empty when nothing is known to be."""
        verdict = self.checked.verdict
        return verdict.message(language()) if verdict else ""

    @property
    def repeats(self) -> str:
        """That a line before found the same company; empty when none did."""
        return _("与第 %(number)s 行相同") % {"number": self.same_as} if self.same_as else ""

    @property
    def discredited(self) -> bool:
        return any(row.record.negative for row in self.listings)


class Results(list):
    """The results of a check, in the order of its lines."""

    def __init__(self, checked: Sequence[Checked]):
        super().__init__()
        first: dict[int, int] = {}
        for number, one in enumerate(checked, start=1):
            same = first.setdefault(one.match.company.id, number) if one.match else number
            self.append(Result(number, one, same if same < number else 0))

    @property
    def counts(self) -> list[tuple[Outcome, int]]:
        """How many lines came to each outcome that occurs."""
        counted = Counter(result.checked.outcome for result in self)
        return [(outcome, counted[outcome]) for outcome in Outcome if counted[outcome]]

    @property
    def discredited(self) -> int:
        """How many companies are on a negative list, each counted once."""
        return sum(result.discredited for result in self if not result.same_as)

    @property
    def lists(self) -> list[Dataset]:
        """Every list that occurs, for its legal basis and the way to object."""
        return list(dict.fromkeys(row.dataset for result in self for row in result.listings))


def table(results: Results, address) -> Iterator[list]:
    """Rows for a CSV; ``address`` makes the address of a company's page absolute."""
    yield [
        *(_("序号"), _("原文"), _("核查结果"), _("命中方式"), _("得分"), _("企业名称"), _("代码"), _("登记状态"), _("地区"), _("成立日期")),
        *(_("在列负面名单"), _("在列守信名单"), _("信用评价"), _("可能的企业"), _("说明"), _("网址")),
    ]
    for result in results:
        yield [result.number, result.checked.line.given, result.checked.outcome.label, *_found(result), *_said(result, address)]


def _found(result: Result) -> list:
    if not result.match:
        return [""] * 7
    company = result.match.company
    shown = (company.name, company.code, status_label(company), company.region_name, company.established_on)
    return [result.how, result.match.score, *shown]


def _said(result: Result, address) -> list:
    listed = {polarity: [_listed(row) for row in result.listings if row.dataset.polarity is polarity] for polarity in Polarity}
    others = "" if result.match else "; ".join(f"{one.company.name} {one.company.code}（{why}）" for one, why in result.candidates)
    lists = ["; ".join(listed[polarity]) for polarity in (Polarity.NEGATIVE, Polarity.POSITIVE)]
    page = address(result.match.company.get_absolute_url()) if result.match else ""
    return [*lists, "; ".join(map(_rated, result.ratings)), others, result.wrong or result.repeats, page]


def _listed(row: Row) -> str:
    """An entry in one phrase: the list, since when, who keeps it, and when its publication ends."""
    terms, record = row.dataset, row.record
    until = record.published_until.isoformat() if record.published_until else row.rule
    authority = terms.list.text("authority", language())
    words = {"list": terms.text("title", language()), "since": record.decided_on or "—", "authority": authority, "until": until}
    return _("%(list)s（列入 %(since)s，%(authority)s，停止公示：%(until)s）") % words


def _rated(row: Row) -> str:
    grade = row.grade.text("title", language()) if row.grade else row.record.grade
    words = {"issuer": row.dataset.rating.text("issuer", language()), "grade": grade, "on": row.record.decided_on or "—"}
    return _("%(issuer)s：%(grade)s（%(on)s）") % words
