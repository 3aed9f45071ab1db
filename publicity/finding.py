"""What a search found, as the page, its CSV and the suggestions show it."""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from blacklists.models import lists
from publicity.checking import HOW
from publicity.facts import label_of
from publicity.profile import language
from publicity.templatetags.credit import list_label, region, status_label
from records.dataset import Dataset
from records.models import Company
from records.models.found import Found, Match

# Companies loaded at once for an export.
SLICE = 200


def results_of(matches: Sequence[Match], found: Found, *, narrowed: bool = False) -> list[dict]:
    """The matches of a page of those found, each with the lists its company is on, and whether another has the same name.

    Others are next to it, unless the search was ``narrowed``: then they are looked for.
    """
    bearing = Counter(match.company.name_key for match in matches)
    if narrowed:
        bearing = Counter(Company.objects.public(found.head).filter(name_key__in=[*bearing]).values_list("name_key", flat=True))
    return [
        {
            "match": match,
            "company": match.company,
            "lists": _lists_of(match, found),
            "homonym": bearing[match.company.name_key] > 1,
            "representative_label": label_of("legal_representative", match.company.kind),
            "established_label": label_of("established_on", match.company.kind),
        }
        for match in matches
    ]


def _lists_of(match: Match, found: Found) -> list[Dataset]:
    on = found.lists.get(match.company.id)
    return [listed for listed in lists() if listed.slug in on] if on else []


def table(found: Found, address) -> Iterator[list]:
    """Rows for a CSV; ``address`` makes the address of a company's page absolute."""
    yield [
        *(_("序号"), _("企业名称"), _("代码"), _("登记状态"), _("主体类别"), _("法定代表人"), _("地区"), _("行业门类"), _("成立日期")),
        *(_("当前在列名单"), _("命中方式"), _("命中的名称或代码"), _("网址")),
    ]
    for start in range(0, len(found.matches), SLICE):
        matches = found.matches[start : start + SLICE]
        for number, match in enumerate(matches, start=start + 1):
            lists = "; ".join(map(list_label, _lists_of(match, found)))
            yield [number, *_columns(match.company), lists, str(HOW[match.kind]), match.text, address(match.company.get_absolute_url())]


def _columns(company: Company) -> list:
    shown = (status_label(company), Company.Kind(company.kind).label, company.legal_representative, region(company.region))
    industry = Company.Industry(company.industry).label if company.industry else ""
    return [company.name, company.code, *shown, industry, company.established_on]


def suggestion(match: Match) -> dict[str, str]:
    """A company in two lines: its name, and what tells it from others of this name; the other name it was found by."""
    company = match.company
    year = str(company.established_on.year) if company.established_on else ""
    other = _("曾用名") if match.kind == "former" else _("英文名称") if match.kind == "english" else ""
    found_by = [f"{other}{': ' if language() == 'en' else '：'}{match.text}"] if other else []
    status = "" if company.status == Company.Status.ACTIVE else status_label(company)
    told = [*found_by, company.code, region(company.region), year, status]
    return {"name": company.name, "note": " · ".join(filter(None, told)), "url": company.get_absolute_url()}
