"""The code lists: every code that an answer may hold, with its meaning in Chinese and English."""

from typing import Annotated, Any, TypedDict

from publicity.api.base import ListView, PublicView
from publicity.api.enumerations import LISTS
from publicity.api.pagination import Next, Previous
from publicity.api.parameters import Parameter
from publicity.api.problems import not_found
from publicity.api.shapes import Bilingual, Uri, words

Title = Annotated[Bilingual, words("登记状态", "Registration status")]


class CodeShape(TypedDict):
    """A code and what it means. 代码及其含义。"""

    code: Annotated[str, {"examples": ["active"]}]
    zh: Annotated[str, {"examples": ["存续（在营、开业、在册）"]}]
    en: Annotated[str | None, "Null where nobody has fixed an English name. 没有确定译名的为 null。", {"examples": ["Active"]}]


class CodeListRef(TypedDict):
    """A code list. 代码表。"""

    name: Annotated[str, {"examples": ["status"]}]
    title: Title
    count: Annotated[int, {"examples": [9]}]
    url: Uri


class CodeListPage(TypedDict):
    """All code lists. 全部代码表。"""

    next: Next
    previous: Previous
    results: list[CodeListRef]


class CodeList(TypedDict):
    """A code list with all its codes. 代码表及其全部代码。"""

    name: Annotated[str, {"examples": ["status"]}]
    title: Title
    codes: list[CodeShape]


NAME = Parameter("name", "Name of a code list.", "代码表名称。", {"type": "string", "enum": [*LISTS]}, "status", "path")


class CodeLists(ListView):
    operation, title, title_zh, tag = "listCodeLists", "All code lists", "全部代码表", "catalogue"
    text = "Codes of one dataset stand with its columns, under `datasets/{slug}/`. 某一信息类目特有的代码见该类目的数据项。"
    shape = CodeListPage

    def answer(self) -> dict[str, Any]:
        page = self.page_of_declared([*LISTS.items()])
        results = [
            {"name": name, "title": {"zh": zh, "en": en}, "count": len(codes()), "url": self.addresses.of("api-codes", name)}
            for name, (zh, en, codes) in page.rows
        ]
        return self.paged(page, results)


class CodeListDetail(PublicView):
    operation, title, title_zh, tag = "getCodeList", "One code list", "代码表", "catalogue"
    text = "Every code with its meaning. Codes never change their meaning. 全部代码及含义；代码含义固定不变。"
    shape = CodeList
    path_parameters = (NAME,)
    statuses = (404,)

    def answer(self) -> CodeList:
        if self.kwargs["name"] not in LISTS:
            raise not_found()
        zh, en, codes = LISTS[self.kwargs["name"]]
        return {"name": self.kwargs["name"], "title": {"zh": zh, "en": en}, "codes": codes()}
