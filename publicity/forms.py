"""The forms of the public pages: searching, checking."""

from pathlib import Path

from django import forms
from django.utils.translation import gettext_lazy as _

from blacklists import asked
from publicity import certificates, lines
from records import search, uscc
from records.personal import find_personal_numbers

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


SORTS = (("fit", _("匹配程度")), ("newest", _("新成立在前")), ("name", _("名称音序")))


class SearchForm(forms.Form):
    """``?q= &sort=``: a name, part of it, several parts, a former or English name, a code or registration number."""

    q = forms.CharField(
        max_length=search.MAX_QUERY,
        label=_("企业名称、统一社会信用代码或注册号"),
        error_messages={
            "required": _("请输入企业名称、统一社会信用代码或注册号。"),
            "max_length": _("最多查询 %(limit_value)s 个字符，您输入了 %(show_value)s 个。请只输入名称、字号或代码。"),
        },
        strip=True,
    )
    sort = forms.ChoiceField(choices=SORTS, required=False, label=_("排序"))

    def clean_sort(self) -> str:
        return self.cleaned_data["sort"] or SORTS[0][0]

    def clean_q(self) -> str:
        query = self.cleaned_data["q"].strip()
        if find_personal_numbers(query) and not uscc.is_valid(uscc.normalise(query)):
            raise forms.ValidationError(_("请勿输入公民身份号码或手机号码：本站只公示企业，也不保存您输入的内容。"), code="personal")
        pieces = search.fragments(query)
        if not pieces:
            raise forms.ValidationError(_("请输入文字或数字。"), code="empty")
        if all(piece in BARE_WORDS for piece in pieces):
            raise forms.ValidationError(
                _("“%(query)s”几乎出现在所有名称中，请加上字号、地区或行业，例如“青岚 食品”。"),
                code="bare",
                params={"query": query},
            )
        if len("".join(pieces)) < 2:
            raise forms.ValidationError(_("请至少输入两个字。"), code="short")
        return query


class CheckForm(forms.Form):
    """What is to be checked: pasted lines or a file, of which ``cleaned_data["checked"]`` has the ``Line``s."""

    lines = forms.CharField(required=False, strip=False, label=_("名称或代码，每行一个"))
    file = forms.FileField(required=False, label=_("或者选择文件（CSV、XLSX 或 TXT）"))
    format = forms.ChoiceField(required=False, choices=[("", "HTML"), ("csv", "CSV"), ("certificate", "JSON")])

    def clean(self) -> dict:
        cleaned = super().clean()
        text, file = cleaned.get("lines", ""), cleaned.get("file")
        if file and text.strip():
            raise forms.ValidationError(_("请粘贴内容或选择文件，只用一种方式。"), code="both")
        if not self.errors:
            cleaned["checked"] = lines.of_file(Path(file.temporary_file_path()), file.name) if file else lines.of_text(text)
        return cleaned

    @property
    def kept(self) -> str:
        """What was pasted or uploaded, for the form to show and send again: without what lines with a personal number say."""
        if "checked" in self.cleaned_data:
            return lines.as_pasted(self.cleaned_data["checked"])
        # Empty lines hold the place of those that are not shown: the reason of a refusal names a line by its number.
        pasted = self.data.get("lines", "").splitlines()[: 2 * asked.MOST_LINES]
        return "\n".join(_harmless(text) if len(text) <= asked.LONGEST_LINE else "" for text in pasted)


def _harmless(text: str) -> str:
    return asked.REMOVED if asked.read_line(text).personal else text


class CertificateForm(forms.Form):
    """A certificate to be verified, of which ``cleaned_data["document"]`` is what it holds."""

    text = forms.CharField(required=False, label=_("粘贴凭证内容"))
    file = forms.FileField(required=False, label=_("或者选择凭证文件（JSON）"))

    def clean(self) -> dict:
        cleaned = super().clean()
        text, file = cleaned.get("text", ""), cleaned.get("file")
        if bool(text) == bool(file):
            raise forms.ValidationError(_("请粘贴内容或选择文件，只用一种方式。"), code="both")
        try:
            cleaned["document"] = certificates.read(file.read() if file else text)
        except (ValueError, RecursionError):
            raise forms.ValidationError(_("这不是核查凭证：内容不是 JSON。"), code="json") from None
        return cleaned


def ways_in() -> list[tuple[str, str]]:
    """The three ways in of the home page, as values of ``on_list``: everything, abnormal operation, serious discredit."""
    return [("", _("企业信用信息")), ("abnormal", _("经营异常名录")), ("blacklist", _("严重违法失信名单"))]
