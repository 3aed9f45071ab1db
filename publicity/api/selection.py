"""What part of the data an answer is to hold: since when (``updated_since``, ``updated_after``), how much (``fields``, ``expand``)."""

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_type_hints

from publicity.api.parameters import MAX_NUMBER, Parameter, moment_of
from records.models import Event

# A representation of its own: not all members of the answer are there.
SPARSE = "application/vnd.credit.sparse+json"
# An event gets its number and its time before others see it, in a large batch some minutes before.
LATE = timedelta(hours=1)
BEFORE_ALL = 2000
SINCE = (
    Parameter(
        "updated_after",
        "Only what was acted on by an event with a greater number: `head` of the last `status/` or `events/` you read. Never misses.",
        "仅给出序号大于该值的事项所涉及的内容：可使用上次读取 status/ 或 events/ 得到的 head，不会遗漏。",
        {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER},
        1024,
    ),
    Parameter(
        "updated_since",
        "Only what was acted on since this moment, with what happened in the hour before. What has left the site is in `events/`.",
        "仅给出该时刻以来（含此前一小时）有变化的内容；已停止公示的见 events/。",
        {"type": "string", "format": "date-time"},
        "2026-06-15T09:30:00+08:00",
    ),
)


@dataclass(frozen=True)
class Fields(Parameter):
    """The members of each result that are wanted."""

    names: tuple[str, ...] = ()

    def problem(self, value: str) -> tuple[str, str] | None:
        unknown = next((name for name in value.split(",") if name not in self.names), None)
        if unknown is None:
            return None
        known = ", ".join(self.names)
        return f"There is no field {unknown!r} here. Known are: {known}.", f"此处没有字段“{unknown}”。可用字段：{known}。"


@functools.cache
def fields_of(shape: Any) -> Fields:
    """The parameter ``fields`` of an address whose results have this shape."""
    names = tuple(get_type_hints(shape))
    one = f"({'|'.join(names)})"
    text = f"Only these members of each result, separated by commas; the answer is `{SPARSE}`."
    schema = {"type": "string", "pattern": f"^{one}(,{one})*$"}
    return Fields("fields", text, "每条结果仅给出这些成员，以逗号分隔。", schema, ",".join(names[:2]), names=names)


def expandable(name: str) -> Parameter:
    text = {"company": ("The company in full instead of a reference.", "给出信用主体概要，而不仅是引用。"),
            "records": ("Its newest records as well, as `newest`.", "同时给出最新公示的信用信息。")}[name]  # fmt: skip
    return Parameter("expand", *text, {"type": "string", "enum": [name]}, name)


def sparse(answer: dict[str, Any], fields: str) -> dict[str, Any]:
    """An answer, or each of its results, with these members only."""
    wanted = fields.split(",")
    if "results" in answer:
        return answer | {"results": [sparse(result, fields) for result in answer["results"]]}
    return {name: answer[name] for name in wanted if name in answer}


def acted_since(asked: dict[str, str]) -> int | None:
    """The number of an event such that what is wanted was acted on by a later one; None when everything is wanted."""
    numbers = [int(asked["updated_after"])] if "updated_after" in asked else []
    if "updated_since" in asked:
        numbers.append(_event_before(moment_of(asked["updated_since"])))
    return max(numbers, default=None)


def _event_before(moment: datetime) -> int:
    """Halving the log takes as many looks as its length has binary digits; the log needs no index by time."""
    if moment.year < BEFORE_ALL:
        return 0
    low, high = 0, Event.objects.clock()[1]
    while low < high:
        middle = (low + high + 1) // 2
        at = Event.objects.filter(number__lte=middle).order_by("-number").values_list("at", flat=True).first()
        if at is None or at < moment - LATE:
            low = middle
        else:
            high = middle - 1
    return low
