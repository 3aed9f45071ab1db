"""List entries (名单记录): the records of datasets that are lists, with the questions only lists answer."""

import functools
import operator

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records import search, uscc
from records.catalog import catalog
from records.dataset import Category, Dataset, Disclosure
from records.models import Company, Record
from records.models.record import RecordQuerySet

CATEGORIES = (Category.ABNORMAL, Category.BLACKLIST, Category.HONOUR)


def lists(*categories: Category, disclosure: Disclosure = Disclosure.PUBLIC) -> list[Dataset]:
    """The datasets that are lists of companies, of these categories (all list categories when none is named)."""
    return [found for found in catalog().of(*(categories or CATEGORIES), disclosure=disclosure) if found.list]


class ListingQuerySet(RecordQuerySet):
    # Companies of whom one by one is asked whether they are on a list.
    FEW = 1000

    def current(self) -> "ListingQuerySet":
        """Entries whose company is on the list today."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=timezone.localdate()))

    def removed(self) -> "ListingQuerySet":
        """Entries taken off the list which stay visible as history."""
        return self.filter(ended_on__lte=timezone.localdate())

    def in_region(self, division: str) -> "ListingQuerySet":
        """Entries of companies of a division of two, four or six digits."""
        registered = Company.objects.filter(region__range=(division.ljust(6, "0"), division.ljust(6, "9")))
        companies = list(registered.values_list("id", flat=True)[: self.FEW + 1])
        if len(companies) > self.FEW:
            # So many that reading down the list meets them soon.
            return self.filter(company__region__startswith=division)
        return self.filter(id__in=list(self.filter(company__in=companies).order_by().values_list("id", flat=True)))

    def named(self, text: str) -> "ListingQuerySet":
        """Entries of companies found by ``text`` as the site's search finds them: name, former name or code."""
        found, pieces, code = Company.objects.public().search(text), search.fragments(text), uscc.normalise(text)
        matched = Q(company__in=found.matches.ids)
        if found.more or len("".join(pieces)) < 2:
            # So frequent a word that the search stops counting: reading down the list meets it soon.
            begun = Q(company__code__startswith=code) if uscc.may_be_part(code) else Q()
            held = (Q(company__name_key__contains=piece) for piece in pieces)
            matched |= begun or functools.reduce(operator.and_, held, Q(pk__gt=0))
        return self.filter(matched)


class ListingManager(models.Manager.from_queryset(ListingQuerySet)):
    def get_queryset(self) -> ListingQuerySet:
        return (
            super().get_queryset().filter(dataset__in=[found.slug for found in lists(disclosure=Disclosure.GOVERNMENT)])
        )


class Listing(Record):
    """A record of a list: who is on it, since when, why, and whether it was taken off."""

    objects = ListingManager()

    class Meta:
        proxy = True
        verbose_name = _("名单记录")
        verbose_name_plural = _("名单记录")
