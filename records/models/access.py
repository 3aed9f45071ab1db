"""Access to what is not public: tokens of bodies that may read authorised or government data, and the log of their use.

Of a token only the SHA-256 is kept; it is 256 random bits, so nothing slower is needed. Whatever a token opens is limited by
its level, its datasets and agencies, and its last day, and every use of it is written down before the answer is given. It opens
nothing until a second administrator has confirmed it.
"""

import hashlib
import hmac
import re
import secrets
from datetime import date, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.catalog import catalog
from records.dataset import Dataset, Disclosure
from records.models.batch import Membership
from records.models.record import ActRefused
from records.models.trail import TrailEntry

BEYOND_REACH = _("信息目录中没有该信息类目或信源单位，或者不归您办理")
LONGEST = timedelta(days=366)
_TOKEN = re.compile(r"cpt_([0-9a-f]{8})_[-_0-9A-Za-z]{43}")


class AccessTokenQuerySet(models.QuerySet):
    def for_user(self, user) -> "AccessTokenQuerySet":
        """All tokens or, for who is bound to agencies, those that open nothing but what is theirs to give."""
        if not Membership.agencies_of(user):
            return self
        # In Python: the lists are JSON, which the two databases search differently, and tokens are few.
        own = _own(user)
        named = AccessToken.objects.values_list("pk", "datasets", "agencies")
        return self.filter(pk__in=[pk for pk, *lists in named if _covered(own, *lists)])


class AccessToken(models.Model):
    class Level(models.TextChoices):
        """Authorised: about one company at a time. Government: lists as well."""

        AUTHORIZED = Disclosure.AUTHORIZED.value, _("授权查询")
        GOVERNMENT = Disclosure.GOVERNMENT.value, _("政务共享")

    prefix = models.CharField(_("标识"), max_length=8, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    holder = models.CharField(_("持有单位"), max_length=200)
    level = models.CharField(_("级别"), max_length=10, choices=Level)
    datasets = models.JSONField(_("信息类目"), default=list)
    agencies = models.JSONField(_("信源单位"), default=list)
    expires_on = models.DateField(_("失效日期"), help_text=_("自该日起不能使用，最长一年。"))
    because = models.TextField(_("理由"))
    made_at = models.DateTimeField(_("签发时间"), auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("签发人"))
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("确认人")
    )
    revoked_at = models.DateTimeField(_("吊销时间"), null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("吊销人")
    )

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("访问令牌")
        verbose_name_plural = _("访问令牌")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=[Disclosure.AUTHORIZED.value, Disclosure.GOVERNMENT.value]), name="token_level"),
            models.CheckConstraint(condition=~Q(because="") & ~Q(holder=""), name="token_says_whose_and_why"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="token_revoked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(confirmed_by=F("made_by")),
                name="token_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder}（{self.prefix}…）"

    @property
    def valid(self) -> bool:
        return bool(self.confirmed_at) and self.revoked_at is None and timezone.localdate() < self.expires_on

    @property
    def audience(self) -> Disclosure:
        return Disclosure(self.level)

    def reach(self) -> dict[str, Dataset]:
        """The datasets it opens, by slug; one that was declared narrower since is no longer among them."""
        named = catalog().of(disclosure=self.audience)
        return {one.slug: one for one in named if one.slug in self.datasets or one.agency.slug in self.agencies}

    @classmethod
    @transaction.atomic
    def issue(
        cls, *, by, holder: str, level: str, expires_on: date, because: str, datasets: list[str] = (), agencies: list[str] = ()
    ) -> tuple["AccessToken", str]:
        """Make a token; returns it with its text, which is known to nobody afterwards. Raises ``ActRefused``."""
        if not holder.strip() or not because.strip():
            raise ActRefused(_("须填写持有单位和理由"))
        if not timezone.localdate() < expires_on <= timezone.localdate() + LONGEST:
            raise ActRefused(_("失效日期应在明天至一年之内"))
        _check_reach(by, datasets, agencies)
        prefix = secrets.token_hex(4)
        text = f"cpt_{prefix}_{secrets.token_urlsafe(32)}"
        token = cls(prefix=prefix, digest=digest_of(text), holder=holder.strip(), level=cls.Level(level), datasets=[*datasets],
                    agencies=[*agencies], expires_on=expires_on, because=because.strip(), made_by=by)  # fmt: skip
        if not token.reach():
            raise ActRefused(_("请选择该级别可以查询的信息类目或信源单位"))
        token.save(force_insert=True)
        told = {name: getattr(token, name) for name in ("holder", "level", "datasets", "agencies")}
        TrailEntry.note(TrailEntry.Kind.TOKEN_MADE, by=by, on=token, after=told | {"expires_on": expires_on.isoformat()}, because=because)
        return token, text

    def may_confirm(self, user) -> bool:
        """Whether ``confirm`` would be done for this administrator."""
        waiting = self.confirmed_at is None and self.revoked_at is None
        return waiting and user.pk != self.made_by_id and _covered(_own(user), self.datasets, self.agencies)

    @transaction.atomic
    def confirm(self, *, by) -> None:
        """Let it be used from now on. Raises ``ActRefused`` for who made it, and when it waits for nobody."""
        if by == self.made_by:
            raise ActRefused(_("须由签发人以外的管理员确认"))
        _check_reach(by, self.datasets, self.agencies)
        now = timezone.now()
        if not AccessToken.objects.filter(pk=self.pk, confirmed_at=None, revoked_at=None).update(confirmed_at=now, confirmed_by=by):
            raise ActRefused(_("该令牌已经确认或者吊销"))
        self.confirmed_at, self.confirmed_by = now, by
        TrailEntry.note(TrailEntry.Kind.TOKEN_CONFIRMED, by=by, on=self)

    @transaction.atomic
    def revoke(self, *, by, because: str) -> None:
        """End it at once. Raises ``ActRefused`` without a reason, for who may not give it, or when it is revoked already."""
        if not because.strip():
            raise ActRefused(_("须填写理由"))
        # Not ``_check_reach``: a token must end even where it names what the catalogue no longer has.
        if not AccessToken.objects.for_user(by).filter(pk=self.pk).exists():
            raise ActRefused(BEYOND_REACH)
        now = timezone.now()
        if not AccessToken.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now, revoked_by=by):
            raise ActRefused(_("该令牌已经吊销"))
        self.revoked_at, self.revoked_by = now, by
        TrailEntry.note(TrailEntry.Kind.TOKEN_REVOKED, by=by, on=self, because=because)

    @classmethod
    def of_text(cls, text: str) -> "AccessToken | None":
        """The token with this text, if it is valid now."""
        found = _TOKEN.fullmatch(text)
        token = found and cls.objects.filter(prefix=found[1]).first()
        # Compared in constant time, and against something even where there is nothing to compare with.
        same = hmac.compare_digest(token.digest if token else "0" * 64, digest_of(text))
        return token if token and same and token.valid else None


def _own(user) -> tuple[set[str], set[str]]:
    """The datasets and the agencies that are the user's to give, by slug."""
    own = Membership.datasets_of(user)
    return {one.slug for one in own}, {one.agency.slug for one in own}


def _covered(own: tuple[set[str], set[str]], datasets: list[str], agencies: list[str]) -> bool:
    return {*datasets} <= own[0] and {*agencies} <= own[1]


def _check_reach(user, datasets: list[str], agencies: list[str]) -> None:
    """Raises ``ActRefused`` when some of these are unknown or not the user's to give."""
    if not _covered(_own(user), datasets, agencies):
        raise ActRefused(BEYOND_REACH)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class AccessUse(models.Model):
    """One use of a token: when, from where, what was asked, how many records were given. Append-only."""

    token = models.ForeignKey(AccessToken, models.PROTECT, db_index=False, related_name="uses", verbose_name=_("访问令牌"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    asked = models.CharField(_("请求"), max_length=500)
    address = models.CharField(_("来源地址"), max_length=45, blank=True)
    request = models.CharField(_("请求编号"), max_length=64, blank=True)
    shown = models.PositiveIntegerField(_("给出条数"))

    class Meta:
        verbose_name = _("令牌使用记录")
        verbose_name_plural = _("令牌使用记录")
        ordering = ["-id"]
        indexes = [models.Index(fields=["token", "id"], name="use_of_token")]

    def __str__(self) -> str:
        return self.asked
