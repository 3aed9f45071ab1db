"""The guide for those who write programs: recipes that run as they stand, problems, terms, changes; and llms.txt."""

from datetime import date

from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from publicity.api.enumerations import FEATURES
from publicity.api.problems import Kind
from publicity.api.throttling import public_rate
from publicity.reconcile.vocabulary import COMPARED
from publicity.views.caching import public_page

# A test runs each of them word for word against a running site.
RECIPES = {
    "find": _("按名称查找企业"),
    "check": _("一次核查多家企业"),
    "copy": _("完整复制一个信息类目"),
    "follow": _("跟进变化，撤下的信息也能得知"),
    "again": _("没有变化就不重复下载"),
    "certify": _("出具核查凭证，并离线验证"),
}
WHY = {
    Kind.UNKNOWN_PARAMETER: _("地址中有本接口不认识的参数。回答的 parameter 指出是哪一个，known 列出可用的参数。"),
    Kind.BAD_VALUE: _("某个参数的值不符合格式。回答指出参数、所给的值和原因。"),
    Kind.BAD_BODY: _("提交的内容不符合格式。回答指出位置和原因。"),
    Kind.BAD_REQUEST: _("请求本身无法理解，例如内容不是 JSON。"),
    Kind.UNAUTHORIZED: _("该地址只对持有访问令牌的单位开放；没有令牌，或者令牌有误、已到期、已吊销。"),
    Kind.FORBIDDEN: _("该地址不向您开放，或者不在令牌的范围之内。"),
    Kind.NOT_FOUND: _("该地址从未公示过任何信息；请核对代码或编号。"),
    Kind.METHOD_NOT_ALLOWED: _("接口只读；Allow 响应头列出该地址可用的方法。"),
    Kind.GONE: _("曾经公示，现已不再公示：回答给出信息类目、原因和日期。请同步停止公开您的副本。"),
    Kind.PRECONDITION_FAILED: _("文件已换成另一版本，不能接着原来的版本下载；请从头下载。"),
    Kind.CONTENT_TOO_LARGE: _("一次提交的内容过多；请分批提交，上限见回答。"),
    Kind.RANGE_NOT_SATISFIABLE: _("文件没有所请求的字节范围；请用 HEAD 查看其长度。"),
    Kind.UNSUPPORTED_MEDIA_TYPE: _("提交内容的类型不对；回答指出应使用的类型。"),
    Kind.TOO_MANY_REQUESTS: _("请求过于频繁；Retry-After 给出需等待的秒数。"),
    Kind.SERVER_ERROR: _("本站出错，已记录；联系我们时请提供 request_id。"),
    Kind.QUERY_TOO_LONG: _("检索超过半秒，已停止；请换一个更长或更少见的词。"),
    Kind.UNAVAILABLE: _("暂时无法回答；请按 Retry-After 重试。"),
}
# Newest first: what a program that reads the API may notice.
CHANGES = (
    (
        date(2026, 11, 27),
        _(
            "新增：核查凭证 certificate/，日志检查点 log/checkpoint/，包含证明 log/inclusion/，一致性证明 log/consistency/；"
            "批量文件的清单附检查点。check/ 的名单和评价附公示事项的序号 event。"
        ),
    ),
    (
        date(2026, 11, 27),
        _(
            "新增：信源单位 agencies/；单个名单 lists/<slug>/，名单的 url；信息类目和每条信息的异议途径 objection；"
            "评价类目的等级体系 scheme，评价信息的等级 grade；代码表 frequency、agency、industry、outcome、tone、feature，"
            "event 增加 sealed，name 列出全部命中方式；持有令牌的单位可以用 restricted/events/ 和 updated_after 跟进变化与撤下。"
        ),
    ),
    (
        date(2026, 11, 27),
        _(
            "变更：接口文档以 x-codes 注明每个代码所属的代码表，示例与代码表一致；fields 的回答以 Some 开头的类型描述，"
            "生成的客户端可以读取。/api/v1 不带斜杠时以 308 转到 /api/v1/。"
        ),
    ),
    (
        date(2026, 11, 24),
        _("变更：信息目录中数据项的 description 为中文文本，英文见 description_en，与 Table Schema 一致。接口文档列出问题详情的全部成员。"),
    ),
    (
        date(2026, 11, 24),
        _(
            "新增：参数 fields、expand、updated_since、updated_after，检索次序 sort，等待事项 wait；报送质量 quality/；"
            "批量文件 /bulk/ 和每日增量；Atom 订阅；持有令牌的单位可以查询非公开信息 restricted/。"
        ),
    ),
    (date(2026, 11, 24), _("新增：批量核查 check/、对账服务 /reconcile/、代码表 codes/。")),
    (date(2026, 11, 22), _("1.0：企业、信用信息、名单、评价、信息目录、公示日志、服务状态。")),
)


def recipes(api: str) -> list[dict]:
    """Every recipe with its two texts, as they are to be run against the API at ``api``."""
    texts = {"curl": "sh", "python": "python"}
    return [
        {"name": name, "title": title}
        | {kind: render_to_string(f"api/recipes/{name}.{ending}.txt", {"api": api}).strip() for kind, ending in texts.items()}
        for name, title in RECIPES.items()
    ]


@public_page(3600)
def api_guide(request):
    api, rate = request.build_absolute_uri("/api/v1/"), public_rate()
    context = {
        "api": api,
        "recipes": recipes(api),
        "problems": [(kind, WHY[kind]) for kind in Kind],
        "features": FEATURES,
        "compared": [(one.id, one.title) for one in COMPARED.values()],
        "changes": CHANGES,
        "rate": rate,
        "window": _window(rate.seconds),
        "reconcile": request.build_absolute_uri("/reconcile/"),
    }
    return render(request, "api/guide.html", context)


def _window(seconds: int) -> str:
    """A window of the quota in words."""
    if seconds % 60:
        return ngettext("%(n)d 秒", "%(n)d 秒", seconds) % {"n": seconds}
    return ngettext("%(n)d 分钟", "%(n)d 分钟", seconds // 60) % {"n": seconds // 60}


@public_page(3600)
def llms(request):
    """What a language model should know before it reads the site, in the form of llmstxt.org."""
    context = {"origin": request.build_absolute_uri("/")[:-1]}
    return render(request, "llms.txt", context, content_type="text/plain; charset=utf-8")
