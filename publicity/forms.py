"""The search form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from records import search

# Words that nearly every name holds: alone they find everybody and nobody.
BARE_WORDS = frozenset(
    (
        *(
            "公司",
            "有限",
            "有限公司",
            "责任",
            "责任公司",
            "有限责任",
            "有限责任公司",
            "股份",
            "股份公司",
            "股份有限公司",
        ),
        *("集团", "集团公司", "集团有限公司", "分公司", "企业", "中国", "个体工商户", "合作社", "农民专业合作社"),
        *("合伙企业", "有限合伙", "工厂", "商店", "经营部", "中心", "科技", "贸易"),
        *("company", "limited", "ltd", "co", "inc", "corporation"),
    )
)


class SearchForm(forms.Form):
    """``?q=``: a name, part of it, several parts, a former or English name, a code or registration number."""

    q = forms.CharField(
        max_length=search.MAX_QUERY,
        label=_("企业名称、统一社会信用代码或注册号"),
        error_messages={"required": _("请输入企业名称、统一社会信用代码或注册号。")},
        strip=True,
    )

    def clean_q(self) -> str:
        query = self.cleaned_data["q"].strip()
        pieces = search.fragments(query)
        if not pieces:
            raise forms.ValidationError(_("请输入文字或数字。"), code="empty")
        if all(piece in BARE_WORDS for piece in pieces):
            raise forms.ValidationError(
                _("“%(query)s”几乎出现在所有名称中，请加上字号、地区或行业，例如“青岚 光学”。"),
                code="bare",
                params={"query": query},
            )
        if len("".join(pieces)) < 2:
            raise forms.ValidationError(_("请至少输入两个字。"), code="short")
        return query


def ways_in() -> list[tuple[str, str]]:
    """The three ways in of the home page, as values of ``on_list``: everything, abnormal operation, serious discredit."""
    return [("", _("企业信用信息")), ("abnormal", _("经营异常名录")), ("blacklist", _("严重违法失信名单"))]
