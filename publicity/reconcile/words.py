"""Companies in a line or two, in Chinese and English, for suggestions and previews."""

from django.utils.html import format_html

from publicity.api.labels import label
from publicity.reconcile.vocabulary import TYPES
from records.models import Company


def brief(company: Company, found_by: str = "") -> str:
    """Enough to tell namesakes apart: code, status, place, and the name it was found by where that is another one."""
    status = "{zh} {en}".format(**label(Company.Status(company.status)))
    told = [company.code, status, company.region_name, found_by if found_by not in (company.name, company.code) else ""]
    return " · ".join(filter(None, told))


def flyout(company: Company) -> str:
    """A few lines of HTML for a tool that shows them beside a suggestion."""
    kind = TYPES[company.kind]["name"]
    return format_html("<p><strong>{}</strong></p><p>{}</p><p>{}</p>", company.name, kind, brief(company))
