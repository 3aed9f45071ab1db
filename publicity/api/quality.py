"""The board of data quality in the API: how promptly and how cleanly each public dataset is reported."""

from typing import Annotated, Any, TypedDict

from publicity import board
from publicity.api.base import ListView
from publicity.api.datasets import FILTERS
from publicity.api.labels import Addresses, moment, titles
from publicity.api.pagination import Next, Previous
from publicity.api.record_shapes import DatasetRef, Source, dataset_ref
from publicity.api.shapes import Moment, Uri
from records.catalog import catalog
from records.dataset import Dataset
from records.models.quality import DUTY_DAYS, LONGEST, Quality, under_duty

CHOSEN = ("category", "agency")


class QualityShape(TypedDict):
    """The reports of a dataset in the last year. 一个信息类目近一年的报送质量。"""

    dataset: DatasetRef
    source: Source
    reported_at: Annotated[Moment | None, "When its last batch was published. 最近一批的公示时间。"]
    batches: Annotated[int, "Batches published. 批次数。", {"examples": [12]}]
    rows: Annotated[int, "Rows reported. 报送行数。", {"examples": [480]}]
    refused_share: Annotated[float | None, "Of these, invalid or excluded, and not published; 0 to 1. 拒收比例。", {"examples": [0.0125]}]
    decisions: Annotated[int, "New rows with a day of decision, the dataset's first batch left out. 计时的决定数。",
                         {"examples": [455]}]  # fmt: skip
    median_days: Annotated[int | None, f"Working days from decision to publication, the median; {LONGEST} stands for so many or "
                           f"more. 公示用时中位数，{LONGEST} 表示不少于该数。", {"examples": [4]}]  # fmt: skip
    days_of_95_percent: Annotated[int | None, "95 of 100 took at most so many. 公示用时的 95% 分位。", {"examples": [9]}]
    duty_days: Annotated[int | None, "Within how many working days the law wants them public; null without such a term. 公示期限。",
                         {"examples": [DUTY_DAYS]}]  # fmt: skip
    in_time_share: Annotated[float | None, "Of the decisions, public within that term; 0 to 1. 按期公示比例。", {"examples": [0.93]}]
    corrections: Annotated[int, "Records corrected or withdrawn by hand. 更正与撤销的次数。", {"examples": [2]}]
    page: Uri


class QualityPage(TypedDict):
    """A page of datasets with figures. 一页数据质量。"""

    next: Next
    previous: Previous
    made_at: Annotated[Moment, "Up to when reports are counted. 统计截至时间。"]
    results: list[QualityShape]


def quality_shape(dataset: Dataset, found: Quality, addresses: Addresses) -> QualityShape:
    duty = under_duty(dataset)
    return {
        "dataset": dataset_ref(dataset, addresses),
        "source": {"slug": dataset.agency.slug, "title": titles(dataset.agency)},
        "reported_at": moment(found.last),
        "batches": found.batches,
        "rows": found.rows,
        "refused_share": board.rounded(found.refused_share),
        "decisions": found.dated,
        "median_days": found.median,
        "days_of_95_percent": found.slowest,
        "duty_days": DUTY_DAYS if duty else None,
        "in_time_share": board.rounded(found.in_time) if duty else None,
        "corrections": found.corrections,
        "page": f"{addresses.of('quality')}#{dataset.agency.slug}",
    }


class QualityList(ListView):
    operation, title, title_zh, tag = "listQuality", "How well datasets are reported", "数据质量", "catalogue"
    text = (
        "Public datasets that were ever reported; figures of the last year, made anew every ten minutes. "
        "已报送过的公开信息类目近一年的报送质量，每十分钟更新。"
    )
    shape = QualityPage

    @classmethod
    def known_parameters(cls):
        return (*(FILTERS[name][0]() for name in CHOSEN), *super().known_parameters())

    def answer(self) -> dict[str, Any]:
        wanted = {name: self.asked[name] for name in CHOSEN if name in self.asked}
        chosen = [one for one in catalog().of() if all(FILTERS[name][1](one) == value for name, value in wanted.items())]
        page = self.page_of_declared(board.reported(chosen))
        results = [quality_shape(dataset, found, self.addresses) for dataset, found in page.rows]
        return self.paged(page, results, made_at=moment(board.remembered()[0]))
