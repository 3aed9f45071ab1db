"""The audit trail (操作日志): who did what, when, from where, to which object, what changed, and why. Append-only.

An entry is written by the act itself, in the transaction of the act: there is no act without its entry and no entry without its
act. The database refuses to change or delete one. An entry names versions, fields and counts and never holds a value of a
record, so that content which the law has erased does not live on here; nor a password, nor what somebody typed as one.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Origin:
    """Where a request comes from; empty for commands and workers."""

    address: str = ""
    user_agent: str = ""
    request: str = ""


NOWHERE = Origin()
# Set by a middleware for the time of a request, so that no act need be told from where it is done.
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def kinds() -> list[tuple[str, str]]:
    """The kinds of acts; asked for by name, so that a new one needs no migration."""
    return TrailEntry.Kind.choices


class TrailQuerySet(models.QuerySet):
    def about(self, obj: models.Model) -> "TrailQuerySet":
        """The entries about one object, newest first."""
        return self.filter(object_kind=object_kind(obj), object_id=object_id(obj)).order_by("-id")


class TrailEntry(models.Model):
    class Kind(models.TextChoices):
        UPLOAD = "upload", _("报送文件")
        UPLOAD_REFUSED = "upload_refused", _("文件被拒收")
        SUBMIT = "submit", _("提交审核")
        PUBLISH = "publish", _("批准公示")
        SEND_BACK = "send_back", _("退回批次")
        WITHDRAW_BATCH = "withdraw_batch", _("撤回批次")
        PAUSE = "pause", _("暂停处理")
        RESUME = "resume", _("继续处理")
        CANCEL = "cancel", _("取消批次")
        ROLL_BACK = "roll_back", _("整批回滚")
        CORRECT = "correct", _("更正数据")
        REPAIR = "repair", _("标记修复")
        WITHDRAW = "withdraw", _("撤销公示")
        DOWNLOAD = "download", _("下载原始文件")
        OVERRIDE = "override", _("放行校验码")
        EXCLUDE = "exclude", _("排除数据行")
        INCLUDE = "include", _("恢复数据行")
        EXPORT = "export", _("导出")
        ACCOUNT_ADDED = "account_added", _("新建账号")
        ACCOUNT_CHANGED = "account_changed", _("修改账号")
        PASSWORD_CHANGED = "password_changed", _("修改密码")
        GROUP_CHANGED = "group_changed", _("修改角色")
        TOKEN_MADE = "token_made", _("签发令牌")
        TOKEN_CONFIRMED = "token_confirmed", _("确认令牌")
        TOKEN_REVOKED = "token_revoked", _("吊销令牌")
        SIGN_IN = "sign_in", _("登录")
        SIGN_IN_FAILED = "sign_in_failed", _("登录失败")
        SIGN_OUT = "sign_out", _("退出登录")

    at = models.DateTimeField(_("时间"), auto_now_add=True)
    kind = models.CharField(_("操作"), max_length=20, choices=kinds)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("操作人")
    )
    # Text, not inet: a search over an inet column fails on PostgreSQL.
    address = models.CharField(_("来源地址"), max_length=45, blank=True)
    user_agent = models.CharField(_("浏览器"), max_length=300, blank=True)
    request = models.CharField(_("请求编号"), max_length=64, blank=True)
    object_kind = models.CharField(_("对象类别"), max_length=20, blank=True)
    object_id = models.CharField(_("对象编号"), max_length=40, blank=True)
    about = models.CharField(_("对象"), max_length=200, blank=True)
    dataset = models.CharField(_("信息类目"), max_length=80, blank=True)
    before = models.JSONField(_("操作前"), null=True)
    after = models.JSONField(_("操作后"), null=True)
    because = models.TextField(_("理由"), blank=True)

    objects = TrailQuerySet.as_manager()

    class Meta:
        verbose_name = _("操作日志")
        verbose_name_plural = _("操作日志")
        ordering = ["-id"]
        permissions = [("view_whole_trail", _("可以查看全部操作日志"))]
        constraints = [
            models.CheckConstraint(condition=Q(by__isnull=False) | Q(kind="sign_in_failed"), name="trail_names_somebody"),
        ]
        indexes = [
            models.Index(fields=["dataset", "id"], name="trail_dataset"),
            models.Index(fields=["object_kind", "object_id", "id"], name="trail_object"),
            models.Index(fields=["by", "id"], name="trail_by"),
            models.Index(fields=["dataset", "kind", "at"], name="trail_changes"),
            models.Index(fields=["at", "dataset"], condition=Q(kind__in=["correct", "withdraw"]), name="trail_flaws"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.about}"

    @classmethod
    def note(
        cls,
        kind: str,
        *,
        by,
        on: models.Model | None = None,
        dataset: str = "",
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        because: str = "",
    ) -> "TrailEntry":
        """Write down one act of a member of staff. Call it inside the transaction that does the act."""
        where = origin.get()
        return cls.objects.create(
            kind=kind,
            by=by,
            address=where.address,
            user_agent=where.user_agent,
            request=where.request,
            object_kind=object_kind(on) if on else "",
            object_id=object_id(on) if on else "",
            # A record is named by its key alone: its name and number may have to be erased one day.
            about="" if on is None or hasattr(on, "key") else str(on)[:200],
            dataset=dataset or getattr(on, "dataset", ""),
            before=before,
            after=after,
            because=because,
        )


def object_kind(obj: models.Model) -> str:
    """``batch``, ``record``, ``user``, ``group``; a proxy is what it stands for."""
    return obj._meta.concrete_model._meta.model_name


def object_id(obj: models.Model) -> str:
    """A record is known by its key, which all its versions share, everything else by its id."""
    return str(getattr(obj, "key", None) or obj.pk)
