"""The catalogue (公共信用信息目录): every dataset with its columns as a Table Schema (Frictionless, specs.frictionlessdata.io)."""

from collections.abc import Callable
from typing import Annotated, Any, NotRequired, TypedDict

from publicity.api.base import ListView, PublicView
from publicity.api.enumerations import FREQUENCIES, labelled, word
from publicity.api.labels import Addresses, label, titles
from publicity.api.pagination import Next, Previous
from publicity.api.parameters import Parameter, dataset_slug
from publicity.api.problems import not_found
from publicity.api.ratings import Scheme, scheme_shape
from publicity.api.record_shapes import DatasetTitle, Objection, Source
from publicity.api.shapes import Bilingual, Label, Uri, words
from records.catalog import catalog
from records.dataset import Category, Dataset, Disclosure, Field

# Column type -> type and format of Table Schema.
TABLE_TYPES = {
    "date": ("date", "default"),
    "year": ("year", "default"),
    "decimal": ("number", "default"),
    "integer": ("integer", "default"),
    "boolean": ("boolean", "default"),
    "capital": ("object", "default"),
    "url": ("string", "uri"),
}
USCC_PATTERN = "[1-9ANY][1-59][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}|[0-9]{13}|[0-9]{15}"


class DatasetShape(TypedDict):
    """A dataset of the catalogue. 信息类目。"""

    slug: Annotated[str, {"examples": ["tax-penalty"]}]
    title: DatasetTitle
    summary: Annotated[Bilingual, words("税务机关依法作出的行政处罚决定", "Penalty decisions in the field of tax")]
    category: Annotated[Label, labelled("category", "penalty")]
    polarity: Annotated[Label, labelled("polarity", "negative")]
    source: Source
    disclosure: Annotated[Label, "Who may see its records; this API gives the public ones. 公开属性。",
                          labelled("disclosure", "public")]  # fmt: skip
    legal_basis: Annotated[Bilingual, words("《中华人民共和国行政处罚法》（2021年修订）",
                                            "Administrative Penalty Law of the PRC (as revised in 2021)")]  # fmt: skip
    frequency: Annotated[Label, labelled("frequency", "daily")]
    url: Uri
    page: Annotated[Uri | None, "The page for readers, of a public dataset. 网页地址。"]
    records: Annotated[Uri | None, "Its records, of a public dataset. 信用信息的地址。"]


class DatasetPage(TypedDict):
    """A page of the catalogue. 一页信息类目。"""

    next: Next
    previous: Previous
    results: list[DatasetShape]


class ColumnShape(TypedDict):
    """A column: a field of Table Schema, with the members of this site. 数据项。"""

    name: Annotated[str, "Stable name, as in `values`. 固定标识。", {"examples": ["decision_no"]}]
    title: Annotated[str, {"examples": ["行政处罚决定书文号"]}]
    title_en: Annotated[str, {"examples": ["Number of the penalty decision"]}]
    type: Annotated[str, "Type of Table Schema. 数据类型。", {"examples": ["string"]}]
    format: Annotated[str, {"examples": ["default"]}]
    constraints: Annotated[dict[str, Any], {"examples": [{"required": True, "maxLength": 128}]}]
    kind: Annotated[str, "Type as the site knows it. 本平台的数据类型。", {"examples": ["text"]}]
    disclosure: Annotated[Label, "Withheld columns are dropped before storage. 不予公开的数据项不入库。",
                          labelled("disclosure", "public")]  # fmt: skip
    unit: Annotated[str | None, {"examples": [None]}]
    code: Annotated[str | None, "Code of the national standard. 国家标准的数据项代码。", {"examples": ["CF_WSH"]}]
    codes: Annotated[dict[str, Bilingual] | None, "Enumeration. 代码表。", {"examples": [None]}]
    separator: Annotated[str | None, "Between several codes of one cell. 多值分隔符。"]
    retired: Annotated[bool, "No longer reported. 是否停用。", {"examples": [False]}]
    example: NotRequired[Annotated[Any, "A value as in `values`. 示例值。", {"examples": ["青测罚字〔2026〕21号"]}]]
    description: NotRequired[Annotated[str, "What to note. 说明。"]]
    description_en: NotRequired[str]


class TableSchema(TypedDict):
    """Table Schema. 表结构。"""

    fields: list[ColumnShape]
    primaryKey: Annotated[list[str], {"examples": [["decision_no", "uscc"]]}]
    missingValues: Annotated[list[str], {"examples": [[""]]}]


class DatasetDetailShape(DatasetShape):
    """A dataset with its columns. 信息类目及其数据项。"""

    objection: Objection
    scheme: Annotated[Scheme | None, "Of ratings: how the issuer rates, with the scale; null of others. 仅信用评价：评价方法和等级体系。"]
    schema: TableSchema


def dataset_shape(dataset: Dataset, addresses: Addresses) -> DatasetShape:
    public = dataset.disclosure is Disclosure.PUBLIC
    return {
        "slug": dataset.slug,
        "title": titles(dataset),
        "summary": titles(dataset, "summary"),
        "category": label(dataset.category),
        "polarity": label(dataset.polarity),
        "source": {"slug": dataset.agency.slug, "title": titles(dataset.agency)},
        "disclosure": label(dataset.disclosure),
        "legal_basis": titles(dataset, "legal_basis"),
        "frequency": word(FREQUENCIES, dataset.frequency),
        "url": addresses.of("api-dataset", dataset.slug),
        "page": addresses.of("dataset", dataset.slug) if public else None,
        "records": f"{addresses.of('api-records')}?dataset={dataset.slug}" if public else None,
    }


def column_shape(field: Field) -> ColumnShape:
    kind, form = (
        ("array", "default") if field.codes and field.separator else TABLE_TYPES.get(field.type, ("string", "default"))
    )
    shape: ColumnShape = {
        "name": field.name,
        "title": field.title,
        "title_en": field.text("title", "en"),
        "type": kind,
        "format": form,
        "constraints": constraints(field),
        "kind": field.type,
        "disclosure": label(field.disclosure),
        "unit": field.unit or None,
        "code": field.code or None,
        "codes": {code: dict(words) for code, words in field.codes.items()} or None,
        "separator": field.separator or None,
        "retired": field.retired,
    }
    example = None if field.withheld else field.parse(field.example)
    if example is not None:
        shape["example"] = example
    if field.note:
        shape |= {"description": field.note, "description_en": field.text("note", "en")}
    return shape


def constraints(field: Field) -> dict[str, Any]:
    """What holds for every value of a column."""
    found: dict[str, Any] = {"required": field.required}
    if field.max_length:
        found["maxLength"] = field.max_length
    if field.type == "uscc":
        found["pattern"] = USCC_PATTERN
    if field.codes and not field.separator:
        found["enum"] = list(field.codes)
    return found


def _choice(name: str, text: str, text_zh: str, values: Callable[[], list[str]]) -> Callable[[], Parameter]:
    return lambda: Parameter(name, text, text_zh, {"type": "string", "enum": values()}, values()[0])


FILTERS = {
    "category": (_choice("category", "Category, see `codes/category/`.", "类别，代码见 codes/category/。", lambda: [*map(str, Category)]),
                 lambda found: found.category),
    "agency": (_choice("agency", "Reporting agency, see `agencies/`.", "信源单位，见 agencies/。", lambda: [*catalog().agencies]),
               lambda found: found.agency.slug),
    "disclosure": (_choice("disclosure", "Who may see it, see `codes/disclosure/`.", "公开属性，代码见 codes/disclosure/。",
                           lambda: [*map(str, Disclosure)]), lambda found: found.disclosure),
}  # fmt: skip


class DatasetList(ListView):
    operation, title, title_zh, tag = "listDatasets", "The catalogue of datasets", "公共信用信息目录", "catalogue"
    text = "Every dataset, those not open to the public included. 全部信息类目，包括不向社会公开的。"
    shape = DatasetPage

    @classmethod
    def known_parameters(cls):
        return (*(parameter() for parameter, _ in FILTERS.values()), *super().known_parameters())

    def answer(self) -> dict[str, Any]:
        wanted = {name: self.asked[name] for name in FILTERS if name in self.asked}
        found = catalog().datasets.values()
        chosen = [one for one in found if all(FILTERS[name][1](one) == value for name, value in wanted.items())]
        page = self.page_of_declared(chosen)
        return self.paged(page, [dataset_shape(dataset, self.addresses) for dataset in page.rows])


class DatasetDetail(PublicView):
    operation, title, title_zh, tag = "getDataset", "A dataset and its columns", "信息类目及其数据项", "catalogue"
    text = (
        "Its columns stand under `schema` as a Table Schema; of ratings the scale under `scheme`. "
        "数据项以 Table Schema 形式列于 schema；信用评价的等级体系列于 scheme。"
    )
    shape = DatasetDetailShape
    path_parameters = (dataset_slug(),)
    statuses = (404,)

    def answer(self) -> DatasetDetailShape:
        dataset = catalog().datasets.get(self.kwargs["slug"])
        if dataset is None:
            raise not_found()
        schema: TableSchema = {
            "fields": [column_shape(field) for field in dataset.fields],
            "primaryKey": list(dataset.primary_key),
            "missingValues": [""],
        }
        return dataset_shape(dataset, self.addresses) | {
            "objection": titles(dataset.agency, "objection"),
            "scheme": scheme_shape(dataset.rating) if dataset.rating else None,
            "schema": schema,
        }
