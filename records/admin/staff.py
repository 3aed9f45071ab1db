"""Members of staff: accounts, roles (groups) and the agencies they are bound to."""

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from records.admin.tables import history_page, language
from records.catalog import catalog
from records.models import Membership, TrailEntry, accounts_for

ROLES = {"importer": _("报送员"), "reviewer": _("审核员"), "administrator": _("管理员")}


def role_name(group) -> str:
    return str(ROLES.get(group.name, group.name))


class RoleFilter(admin.RelatedFieldListFilter):
    """Accounts by role, each under the name people know it by."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("角色")

    def field_choices(self, field, request, model_admin):  # noqa: ARG002
        return [(group.pk, role_name(group)) for group in Group.objects.order_by("pk")]


class MembershipForm(forms.ModelForm):
    """An agency chosen from those of the catalogue that who asks is in charge of."""

    agency = forms.ChoiceField(label=_("信源单位"))
    in_charge_of: set[str] = set()

    class Meta:
        model = Membership
        fields = ("agency",)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        agencies = [each for each in catalog().agencies.values() if not self.in_charge_of or each.slug in self.in_charge_of]
        self.fields["agency"].choices = [("", "—"), *((each.slug, each.text("title", language())) for each in agencies)]


class MembershipFormSet(forms.BaseInlineFormSet):
    default_error_messages = forms.BaseInlineFormSet.default_error_messages | {"too_few_forms": _("至少须属于一个信源单位。")}


class MembershipInline(admin.StackedInline):
    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    readonly_fields = ("agency_title",)
    extra = 1
    verbose_name_plural = _("所属信源单位（不填则可办理全部信源单位的信息）")

    def get_formset(self, request, obj=None, **kwargs):
        own = Membership.agencies_of(request.user)
        if own:
            # An account without an agency would be one for all of them.
            self.verbose_name_plural = _("所属信源单位（至少一个）")
            kwargs |= {"form": type("OwnMembershipForm", (self.form,), {"in_charge_of": own}), "min_num": 1, "validate_min": True}
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description=_("信源单位"))
    def agency_title(self, membership: Membership) -> str:
        return str(membership)

    def get_fields(self, request, obj=None):
        # Where it cannot be changed there is no choice, whose labels would name it.
        return ("agency",) if self.has_change_permission(request, obj) else ("agency_title",)

    def get_extra(self, request, obj=None, **_kwargs) -> int:
        return 0 if Membership.agencies_of(request.user) and obj and obj.memberships.exists() else self.extra

    def has_add_permission(self, request, obj=None) -> bool:
        return super().has_add_permission(request, obj) and not _own(request, obj)

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and not _own(request, obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and not _own(request, obj)


def _own(request, user) -> bool:
    """Whether it is the account of who asks: nobody but a superuser gives themselves roles or leaves an agency behind."""
    return user is not None and user.pk == request.user.pk and not request.user.is_superuser


admin.site.unregister(User)
admin.site.unregister(Group)


def account(user) -> dict:
    """What the audit trail keeps of an account: everything that decides what its holder may do, and never a password."""
    plain = ("username", "last_name", "first_name", "email", "is_active", "is_staff", "is_superuser")
    return {name: getattr(user, name) for name in plain} | {
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "permissions": sorted(user.user_permissions.values_list("codename", flat=True)),
        "agencies": sorted(user.memberships.values_list("agency", flat=True)),
    }


def role(group) -> dict:
    return {"name": group.name, "permissions": sorted(group.permissions.values_list("codename", flat=True))}


def changed(before: dict, after: dict) -> tuple[dict, dict]:
    """Both, with only what differs."""
    names = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


@admin.register(get_user_model())
class StaffAdmin(UserAdmin):
    """Accounts. None is deleted, since the log names them, but deactivated. Only a superuser makes superusers.

    Who is bound to agencies sees and changes accounts of these alone, and makes accounts that are bound to them.
    """

    inlines = (MembershipInline,)
    # What somebody may do follows from roles alone, so single permissions are not offered.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("人员"), {"fields": ("last_name", "first_name", "email")}),
        (_("角色"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("时间"), {"fields": ("last_login", "date_joined")}),
    )
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "roles")
    list_display = ("username", "last_name", "first_name", "roles", "agencies", "is_active", "last_login")
    list_filter = ("is_active", ("groups", RoleFilter))
    actions = None

    @admin.display(description=_("角色"))
    def roles(self, user) -> str:
        return ", ".join(role_name(group) for group in user.groups.all()) or "—"

    @admin.display(description=_("所属信源单位"))
    def agencies(self, user) -> str:
        known = catalog().agencies
        slugs = [membership.agency for membership in user.memberships.all()]
        return ", ".join(known[slug].text("short", language()) if slug in known else slug for slug in slugs) or "—"

    def get_queryset(self, request):
        return accounts_for(request.user).prefetch_related("groups", "memberships").order_by(*self.get_ordering(request))

    def has_delete_permission(self, request, obj=None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or (self.has_change_permission(request, obj) and not _own(request, obj)):
            return fieldsets
        # Roles that cannot be chosen here are shown by name.
        return [
            (title, options | {"fields": ["roles" if name == "groups" else name for name in options["fields"]]})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        if request.user.is_superuser:
            return fixed
        return (*fixed, "is_superuser", *(("is_active", "is_staff", "groups") if _own(request, obj) else ()))

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        field = super().formfield_for_manytomany(
            db_field, request, **kwargs | {"widget": forms.CheckboxSelectMultiple, "help_text": ""}
        )
        field.label_from_instance = role_name
        return field

    def get_inlines(self, request, obj):  # noqa: ARG002
        return self.inlines if obj else ()

    # The audit trail. Django calls these in the transaction of the change; the password page gets one of its own.

    def save_model(self, request, obj, form, change):
        obj.was = account(get_user_model().objects.get(pk=obj.pk)) if change else None
        # Who is given an account here is to sign in here; what they may do, roles say.
        obj.is_staff = obj.is_staff or not change
        super().save_model(request, obj, form, change)
        if not change:
            own = sorted(Membership.agencies_of(request.user))
            Membership.objects.bulk_create(Membership(user=obj, agency=agency) for agency in own)

    def log_addition(self, request, obj, message):  # noqa: ARG002
        TrailEntry.note(TrailEntry.Kind.ACCOUNT_ADDED, by=request.user, on=obj, after=account(obj))

    def log_change(self, request, obj, message):  # noqa: ARG002
        if not hasattr(obj, "was"):  # the password page, which saves by its form alone
            TrailEntry.note(TrailEntry.Kind.PASSWORD_CHANGED, by=request.user, on=obj)
            return
        before, after = changed(obj.was, account(get_user_model().objects.get(pk=obj.pk)))
        TrailEntry.note(TrailEntry.Kind.ACCOUNT_CHANGED, by=request.user, on=obj, before=before, after=after)

    @method_decorator(transaction.atomic)
    def user_change_password(self, request, id, form_url=""):  # noqa: A002 - the name Django calls it by
        return super().user_change_password(request, id, form_url)

    def history_view(self, request, object_id, extra_context=None):  # noqa: ARG002
        return history_page(self, request, object_id)


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Roles. Only a superuser changes what a role may do; none is deleted, since migrations and tests name them."""

    actions = None
    list_display = ("title",)

    @admin.display(description=_("角色"))
    def title(self, group) -> str:
        return role_name(group)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):  # noqa: FBT002 - as Django calls it
        context |= {"subtitle": role_name(obj)} if obj else {}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def has_delete_permission(self, request, obj=None) -> bool:  # noqa: ARG002
        return False

    def save_model(self, request, obj, form, change):
        obj.was = role(Group.objects.get(pk=obj.pk)) if change else {"name": "", "permissions": []}
        super().save_model(request, obj, form, change)

    def log_addition(self, request, obj, message):
        self.log_change(request, obj, message)

    def log_change(self, request, obj, message):  # noqa: ARG002
        before, after = changed(obj.was, role(obj))
        TrailEntry.note(TrailEntry.Kind.GROUP_CHANGED, by=request.user, on=obj, before=before, after=after)

    def history_view(self, request, object_id, extra_context=None):  # noqa: ARG002
        return history_page(self, request, object_id)
