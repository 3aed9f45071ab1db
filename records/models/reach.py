"""What a reader bound to agencies meets of other people: their colleagues' accounts, and what was done by and to these."""

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from records.models.access import AccessToken
from records.models.batch import Membership
from records.models.trail import TrailEntry

WHOLE = "records.view_whole_trail"


def accounts_for(user) -> QuerySet:
    """All accounts or, for who is bound to agencies, those bound to nothing but these; superusers are bound to nothing."""
    accounts = get_user_model()._default_manager.all()
    if not (own := Membership.agencies_of(user)):
        return accounts
    bound = Membership.objects.filter(user=OuterRef("pk"))
    return accounts.filter(Exists(bound), ~Exists(bound.exclude(agency__in=own)), is_superuser=False)


def entries_for(user) -> QuerySet:
    """The entries of the audit trail this reader may see.

    Those of the reader's datasets; with the right to the whole trail everything or, for who is bound to agencies, what was
    done by or to accounts, and to tokens, which they may see.
    """
    entries = TrailEntry.objects.all()
    bound, whole = Membership.agencies_of(user), user.has_perm(WHOLE)
    if whole and not bound:
        return entries
    seen = Q(dataset__in=[dataset.slug for dataset in Membership.datasets_of(user)])
    return entries.filter(seen | Q(dataset="") & _by_or_about_colleagues(user) if whole else seen)


def _by_or_about_colleagues(user) -> Q:
    # Of one agency they are few; a list of numbers and their texts serves the index of either column.
    accounts = {user.pk, *accounts_for(user).values_list("pk", flat=True)}
    tokens = AccessToken.objects.for_user(user).values_list("pk", flat=True)
    return (
        Q(by__in=accounts)
        | Q(object_kind="user", object_id__in=[str(pk) for pk in accounts])
        | Q(object_kind="accesstoken", object_id__in=[str(pk) for pk in tokens])
    )
