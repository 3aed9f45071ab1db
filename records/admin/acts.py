"""The buttons of the staff side: which act is offered to whom and when. Whether it is done, the models decide."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _

from records.models import Batch

CHANGE, REVIEW = "records.change_batch", "records.review_batch"
ACT_ON_RECORD = "records.change_record"
STATE = Batch.State


@dataclass(frozen=True)
class BatchAct:
    """A button of the batch page: who may press it in which states, and whether a reason has to be given.

    ``published``: the reason goes into the public log, with the events the act writes.
    """

    name: str
    label: str
    permission: str
    states: tuple[str, ...]
    done: str
    reason: str = ""
    published: bool = False
    paused: bool | None = None

    def offered(self, batch: Batch, user) -> bool:
        if batch.state not in self.states or not user.has_perm(self.permission):
            return False
        if self.paused not in (None, batch.paused) or batch.cancelled_by_id:
            return False
        return self.permission != REVIEW or batch.uploaded_by_id != user.pk


BATCH_ACTS = {
    act.name: act
    for act in (
        BatchAct("submit", _("提交审核"), CHANGE, (STATE.STAGED,), _("已提交审核。")),
        BatchAct("publish", _("批准公示"), REVIEW, (STATE.SUBMITTED,), _("已批准公示。")),
        BatchAct(
            "send_back",
            _("退回"),
            REVIEW,
            (STATE.SUBMITTED,),
            _("已退回。"),
            _("退回给报送人改正后重新报送，什么也不公示。"),
        ),
        BatchAct(
            "withdraw",
            _("撤回"),
            CHANGE,
            (STATE.STAGED, STATE.SUBMITTED),
            _("已撤回。"),
            _("放弃本批次，什么也不公示。"),
        ),
        BatchAct("pause", _("暂停"), CHANGE, (STATE.STAGING,), _("已暂停，已读入的行保留。"), paused=False),
        BatchAct("resume", _("继续"), CHANGE, (STATE.STAGING,), _("已继续，从停下的那一行接着处理。"), paused=True),
        BatchAct(
            "cancel",
            _("取消批次"),
            CHANGE,
            (STATE.STAGING,),
            _("已取消。"),
            _("停止读取文件，已读入的行全部清除，什么也不公示；此操作不能恢复。"),
        ),
        BatchAct(
            "cancel_publication",
            _("取消公示"),
            REVIEW,
            (STATE.PUBLISHING,),
            _("已取消公示，公众不会看到任何一行。"),
            _("停止公示本批次，公众不会看到其中任何一行。已写入公示日志的序号不能空缺，因此日志会同时记录公示和撤下。"),
            published=True,
        ),
        BatchAct(
            "roll_back",
            _("整批回滚"),
            REVIEW,
            (STATE.PUBLISHED,),
            _("已开始回滚。"),
            _("撤下本批次公示的全部信用信息并恢复其前一版本；公示日志中的记录保留。"),
            published=True,
        ),
    )
}


def acknowledged(act: BatchAct) -> BatchAct:
    """The same button for a batch with rows in conflict: it asks for a reason, which says that they were seen."""
    return replace(act, reason=_("有数据行与较新的公示内容或已撤销的信息冲突（见“与现有数据冲突”）。核对后仍要公示的，请说明理由。"))


@dataclass(frozen=True)
class RecordAct:
    """An act on one record; ``explanation`` says what it does to the public side."""

    name: str
    label: str
    explanation: str
    done: str


RECORD_ACTS = {
    act.name: act
    for act in (
        RecordAct(
            "correct",
            _("更正数据"),
            _("公示更正后的新版本；原版本留存，公示日志记录本次更正和理由。"),
            _("已更正。"),
        ),
        RecordAct(
            "repair",
            _("标记修复"),
            _("该信息经信用修复，立即停止公示；公示日志记录修复和理由。"),
            _("已标记为信用修复，停止公示。"),
        ),
        RecordAct(
            "withdraw",
            _("撤销公示"),
            _("该信息不应公示或原决定已被撤销，立即停止公示；公示日志记录撤销和理由。"),
            _("已撤销，停止公示。"),
        ),
    )
}
