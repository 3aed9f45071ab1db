"""Tokens for what is not public: made by one administrator, confirmed by another, shown once; and the log of their use."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from records.admin.forms import KEPT, reason_field
from records.admin.tables import ReadOnlyAdmin, chip, dataset_title, day, grouped, language, moment
from records.dataset import Disclosure
from records.models import AccessToken, AccessUse, ActRefused, Membership

LEVELS = (Disclosure.AUTHORIZED, Disclosure.GOVERNMENT)


class TokenForm(forms.Form):
    """Whose token, what it opens, until when and why."""

    holder = forms.CharField(label=gettext_lazy("持有单位"), max_length=200)
    level = forms.ChoiceField(
        label=gettext_lazy("级别"),
        choices=AccessToken.Level.choices,
        help_text=gettext_lazy("授权查询：逐个企业查询；政务共享：还可以列出全部。"),
    )
    datasets = forms.MultipleChoiceField(label=gettext_lazy("信息类目"), required=False)
    agencies = forms.MultipleChoiceField(
        label=gettext_lazy("信源单位"), required=False, help_text=gettext_lazy("该单位的全部信息类目。")
    )
    expires_on = forms.DateField(
        label=gettext_lazy("失效日期"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("自该日起不能使用，最长一年。"),
    )
    because = reason_field(KEPT)

    def __init__(self, user, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        own = Membership.datasets_of(user)
        self.fields["datasets"].choices = grouped([one for one in own if one.disclosure in LEVELS])
        agencies = {one.agency.slug: one.agency for one in own}
        self.fields["agencies"].choices = [(slug, agency.text("title", language())) for slug, agency in agencies.items()]


class RevokeForm(forms.Form):
    """Why a token ends."""

    because = reason_field(KEPT)


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin):
    by_dataset = False
    list_display = ("prefix", "holder", "level", "state", "expires", "last_use", "made_by")
    list_filter = ("level",)
    list_select_related = ("made_by",)
    search_fields = ("holder", "prefix")
    fields = ("prefix", "holder", "level", "state", "opens", "expires", "made", "made_by", "because", "confirmed", "revoked", "last_use")
    readonly_fields = ("state", "opens", "expires", "made", "confirmed", "revoked", "last_use")
    change_form_template = "admin/records/accesstoken/page.html"

    def get_queryset(self, request):
        return super().get_queryset(request).for_user(request.user)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 - as Django calls it
        allowed = request.user.has_perm("records.change_accesstoken")
        context |= {"may_confirm": allowed and obj.may_confirm(request.user), "may_revoke": allowed and not obj.revoked_at}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def has_add_permission(self, request) -> bool:
        return request.user.has_perm("records.add_accesstoken")

    @admin.display(description=gettext_lazy("状态"))
    def state(self, token: AccessToken):
        if token.revoked_at:
            return chip("withdrawn", _("已吊销"))
        if not token.confirmed_at:
            return chip("submitted", _("待确认"))
        return chip("published", _("有效")) if token.valid else chip("expired", _("已到期"))

    @admin.display(description=gettext_lazy("范围"))
    def opens(self, token: AccessToken) -> str:
        return "；".join(dataset_title(slug) for slug in token.reach()) or "—"

    @admin.display(description=gettext_lazy("失效日期"))
    def expires(self, token: AccessToken) -> str:
        return day(token.expires_on)

    @admin.display(description=gettext_lazy("签发时间"))
    def made(self, token: AccessToken) -> str:
        return moment(token.made_at)

    @admin.display(description=gettext_lazy("确认时间"))
    def confirmed(self, token: AccessToken) -> str:
        return f"{moment(token.confirmed_at)} {token.confirmed_by}" if token.confirmed_at else "—"

    @admin.display(description=gettext_lazy("吊销时间"))
    def revoked(self, token: AccessToken) -> str:
        return f"{moment(token.revoked_at)} {token.revoked_by}" if token.revoked_at else "—"

    @admin.display(description=gettext_lazy("最近使用"))
    def last_use(self, token: AccessToken) -> str:
        return moment(token.uses.order_by("-id").values_list("at", flat=True).first())

    def get_urls(self):
        acts = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"records_accesstoken_{name}")
            for name, view in (("confirm", self.confirm_view), ("revoke", self.revoke_view))
        ]
        return [*acts, *super().get_urls()]

    @method_decorator(never_cache)
    def add_view(self, request, form_url="", extra_context=None):  # noqa: ARG002
        """Make a token. Its text stands on the page that answers, and nowhere else, ever."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = TokenForm(request.user, request.POST if request.method == "POST" else None)
        made = form.is_bound and form.is_valid() and self.issued(request, form)
        if made:
            token, text = made
            return self.page(request, "made.html", {"title": _("令牌已签发"), "token": token, "text": text})
        return self.page(request, "add.html", {"title": _("签发令牌"), "form": form})

    def issued(self, request, form: TokenForm) -> tuple[AccessToken, str] | None:
        try:
            return AccessToken.issue(by=request.user, **form.cleaned_data)
        except ActRefused as refused:
            form.add_error(None, str(refused))
            return None

    def confirm_view(self, request, pk: int):
        """Show what it opens, then let it be used."""
        token = self.token(request, pk)
        if request.method == "POST":
            return self.done(request, token, _("已确认，令牌可以使用。"), token.confirm)
        return self.page(request, "confirm.html", {"title": _("确认令牌"), "token": token, "opens": self.opens(token)})

    def revoke_view(self, request, pk: int):
        """Ask why, then revoke."""
        token = self.token(request, pk)
        form = RevokeForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            return self.done(request, token, _("已吊销，立即生效。"), token.revoke, **form.cleaned_data)
        return self.page(request, "revoke.html", {"title": _("吊销令牌"), "form": form, "token": token})

    def token(self, request, pk: int) -> AccessToken:
        if not request.user.has_perm("records.change_accesstoken"):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def done(self, request, token: AccessToken, said: str, act: Callable[..., None], **given: str) -> HttpResponseRedirect:
        """Do an act, say how it went, and go back to the token."""
        try:
            act(by=request.user, **given)
        except ActRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:records_accesstoken_change", args=[token.pk]))

    def page(self, request, name: str, context: dict) -> TemplateResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/records/accesstoken/{name}", context)


@admin.register(AccessUse)
class AccessUseAdmin(ReadOnlyAdmin):
    by_dataset = False
    list_display = ("happened", "token", "asked", "shown", "address")
    list_select_related = ("token",)
    list_filter = ("token__level",)
    search_fields = ("token__prefix", "address", "request")
    fields = ("happened", "token", "asked", "shown", "address", "request")
    readonly_fields = ("happened",)

    def get_queryset(self, request):
        uses, bound = super().get_queryset(request), Membership.agencies_of(request.user)
        return uses.filter(token__in=AccessToken.objects.for_user(request.user)) if bound else uses

    @admin.display(description=gettext_lazy("时间"))
    def happened(self, use: AccessUse) -> str:
        return moment(use.at)
