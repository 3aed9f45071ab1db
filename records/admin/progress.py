"""How far a batch is, how fast, and how long it still takes: what the page of a batch at work says."""

import math

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from records.models import Batch

# Over less than this a speed says little.
SECONDS = 1.0


class Progress:
    """Of the step a batch is in: rows ``done`` of ``total`` (None when nobody knows), ``speed`` in rows/s, ``left`` in words."""

    def __init__(self, batch: Batch):
        self.done, total = batch.progress()
        # A blank line is no row, and a cell may hold several lines: the number of lines is about that of the rows.
        self.total = max(total, self.done) or None if total else None
        self.speed = self._speed(batch)
        self.left = self._left()

    def _speed(self, batch: Batch) -> int:
        if batch.claimed_at is None or not batch.token:
            return 0
        seconds = (timezone.now() - batch.claimed_at).total_seconds()
        return round((self.done - batch.claimed_from) / seconds) if seconds > SECONDS else 0

    def _left(self) -> str:
        if not self.speed or not self.total:
            return ""
        seconds = math.ceil((self.total - self.done) / self.speed)
        if seconds < 60:
            return ngettext("约 %(count)s 秒", "约 %(count)s 秒", seconds) % {"count": seconds}
        minutes = math.ceil(seconds / 60)
        return ngettext("约 %(count)s 分钟", "约 %(count)s 分钟", minutes) % {"count": minutes}

    def __str__(self) -> str:
        """In one sentence, for readers who do not see the bar."""
        numbers = {"done": f"{self.done:,}", "total": f"{self.total or 0:,}"}
        told = [_("已处理 %(done)s / %(total)s 行") % numbers if self.total else _("已处理 %(done)s 行") % numbers]
        if self.speed:
            told.append(_("每秒 %(speed)s 行") % {"speed": f"{self.speed:,}"})
        if self.left:
            told.append(_("还需%(left)s") % {"left": self.left})
        return " · ".join(told)
