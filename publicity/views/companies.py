"""The profile of a company and its longer sections."""

from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from publicity import profile as profiles
from publicity.dossier import dossier_of
from publicity.endings import ending_of_company
from publicity.facts import facts_of, head_facts, label_of
from publicity.figures import freshness
from publicity.keyset import keyset_page
from publicity.standing import Standing, standing_at
from publicity.timeline import timeline_of
from publicity.views.caching import public_page, unless_unchanged
from publicity.views.errors import gone
from records.catalog import catalog
from records.dataset import Category
from records.models import Company
from records.regions import region_name


def elsewhere(request, code: str, *rest: str) -> HttpResponse:
    """To the address of a company whose code is written in another way; 404 when there is none, 410 when it no longer is public."""
    company = Company.objects.public().by_code(code).first()
    if company is None:
        return gone(request, ending_of_company(code))
    return HttpResponsePermanentRedirect(reverse("company-section" if rest else "company", args=[company.code, *rest]))


@public_page(60)
def company(request, code):
    standing = standing_at(code)
    if standing is None:
        return elsewhere(request, code)
    fresh = freshness(standing.clock)
    parts = (standing.version, sorted(fresh.items()))
    changed_at = standing.changed_after(*fresh.values())
    return unless_unchanged(request, parts, changed_at, lambda: profile_page(request, standing, fresh), remember=True)


def profile_page(request, standing: Standing, fresh: dict) -> HttpResponse:
    company, groups = standing.company, dossier_of(standing, profiles.PAGE)
    profile = profiles.profile_of(groups)
    facts = facts_of(company, profile.registration)
    context = {
        "company": company,
        "profile": profile,
        "facts": facts,
        "head": head_facts(facts),
        "banners": profiles.banners_of(company, groups),
        "timeline": timeline_of(standing, groups),
        "coverage": coverage(fresh),
        "today": timezone.localdate().isoformat(),
        "covered": str(sorted(fresh.items())),
        "linked_data": linked_data(request, company),
        "representative_label": label_of("legal_representative", company.kind),
    }
    return render(request, "company.html", context)


@public_page(60)
def section(request, code, category):
    """All records of one category: 25 of each dataset, and all of one dataset page by page."""
    if category not in list(Category):
        raise Http404
    standing = standing_at(code)
    if standing is None:
        return elsewhere(request, code, category)
    parts = (standing.version, category, sorted(request.GET.items()))
    return unless_unchanged(
        request, parts, standing.changed_at, lambda: section_page(request, standing, Category(category))
    )


def section_page(request, standing: Standing, category: Category) -> HttpResponse:
    groups = [group for group in dossier_of(standing, profiles.PAGE) if group.dataset.category is category and not group.dataset.registers]
    chosen = [group for group in groups if request.GET.get("dataset", group.dataset.slug) == group.dataset.slug]
    if groups and not chosen:
        raise Http404
    section = profiles.Section(category, profiles.blocks_of(chosen, profiles.PAGE))
    context = {"company": standing.company, "section": section}
    if len(chosen) == 1:
        records = profiles.public_records(standing).filter(dataset=chosen[0].dataset.slug)
        context["page"] = page = keyset_page(records, request.GET.dict(), size=profiles.PAGE)
        section.blocks[0].rows = [profiles.Row(record) for record in page.rows]
        for row in section.blocks[0].rows:
            row.record.company = standing.company
    return render(request, "company_section.html", context)


def coverage(fresh: dict) -> list[dict]:
    """The public datasets this site has data of, with the day of the last publication."""
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
        "areaServed": region_name(company.region) or None,
    }
