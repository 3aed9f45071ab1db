"""The profile of a company and its longer sections."""

from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse

from publicity import profile as profiles
from publicity.facts import facts_of, head_facts, label_of
from publicity.figures import freshness
from publicity.views.caching import public_page, unless_unchanged
from records import uscc
from records.catalog import catalog
from records.dataset import Category
from records.models import Company, Event


def find(code: str) -> Company:
    """The public company at an address; 404 when there is none."""
    company = Company.objects.public().by_code(code).first()
    if company is None:
        raise Http404
    return company


def version_of(company: Company) -> tuple:
    """What changes when the page of a company may: the last event in effect, and the last one at all.

    The second, because a withdrawal counts at once, even while a batch being written holds back the head of the log.
    """
    last = Event.objects.told().filter(company_id=company.id).aggregate(last=Max("number"))["last"]
    return company.id, Event.objects.last_of(company.id), last


@public_page(60)
def company(request, code):
    found = find(code)
    if code != found.code:
        return HttpResponsePermanentRedirect(found.get_absolute_url())
    return unless_unchanged(request, version_of(found), lambda: profile_page(request, found))


def profile_page(request, company: Company) -> HttpResponse:
    profile = profiles.profile_of(company)
    facts = facts_of(company, profile.registration)
    context = {
        "company": company,
        "profile": profile,
        "facts": facts,
        "head": head_facts(facts),
        "banners": profiles.banners_of(company),
        "timeline": profiles.timeline_of(company),
        "coverage": coverage(),
        "linked_data": linked_data(request, company),
        "representative_label": label_of("legal_representative", company.kind),
    }
    return render(request, "company.html", context)


@public_page(60)
def section(request, code, category):
    """All records of one category, 25 a page."""
    if category not in list(Category):
        raise Http404
    found = find(code)
    if code != found.code:
        return HttpResponsePermanentRedirect(reverse("company-section", args=[found.code, category]))
    page_no = request.GET.get("page", "")
    return unless_unchanged(
        request,
        (*version_of(found), category, page_no),
        lambda: section_page(request, found, Category(category), page_no),
    )


def section_page(request, company: Company, category: Category, page_no: str) -> HttpResponse:
    slugs = [dataset.slug for dataset in catalog().of(category) if not dataset.registers]
    records = profiles.public_records(company).filter(dataset__in=slugs)
    page = Paginator(records.order_by("dataset", *profiles.NEWEST), profiles.PAGE).get_page(page_no)
    section = profiles.Section(category, profiles.blocks_of(page, {}))
    context = {"company": company, "section": section, "page": page, "total": page.paginator.count}
    return render(request, "company_section.html", context)


def coverage() -> list[dict]:
    """The public datasets this site has data of, with the day of the last publication."""
    fresh = freshness()
    return [{"dataset": dataset, "as_of": fresh[dataset.slug]} for dataset in catalog().of() if dataset.slug in fresh]


def linked_data(request, company: Company) -> dict:
    """The identity of a company in schema.org terms; nothing of its record, which needs its context."""
    return {
        "@context": "https://schema.org",
        "@type": "Organization",
        "@id": request.build_absolute_uri(company.get_absolute_url()),
        "name": company.name,
        "legalName": company.name,
        "foundingDate": company.established_on.isoformat() if company.established_on else None,
        "identifier": {
            "@type": "PropertyValue",
            "propertyID": "GB 32100-2015" if company.uscc else "GS 15-2006",
            "value": company.code,
        },
        "areaServed": uscc.region_name(company.region) or None,
    }
