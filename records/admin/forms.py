"""Forms of the staff side: uploading a file, giving a reason, correcting a record, choosing an export."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.dataset import Dataset, Field
from records.fieldtypes import ValueProblem
from records.models import Record

MAX_REASON = 1000
# Where a reason goes: everybody reads the one log, staff the other.
PUBLISHED = gettext_lazy("写入公示日志，长期保存。请勿填写个人信息。")
KEPT = gettext_lazy("写入操作日志，长期保存。请勿填写个人信息。")


def reason_field(help_text: str = PUBLISHED) -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("理由"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=help_text,
    )


class ReasonForm(forms.Form):
    """Why an act is done; the public log keeps it or, for what publishes nothing, the audit trail alone."""

    because = reason_field()

    def __init__(self, *args, published: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not published:
            self.fields["because"].help_text = KEPT


class UploadForm(forms.Form):
    """A file for one of the datasets the uploader may report; ``datasets`` are the grouped choices."""

    dataset = forms.ChoiceField(label=gettext_lazy("信息类目"))
    import_file = forms.FileField(
        label=gettext_lazy("文件"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=gettext_lazy("CSV（UTF-8、UTF-16 或 GB18030）或 XLSX。列的顺序不限，表头上方可以有说明行。"),
    )
    format = forms.ChoiceField(
        label=gettext_lazy("格式"), required=False, help_text=gettext_lazy("一般不必选择：系统按文件内容识别。")
    )
    skip_invalid = forms.BooleanField(
        label=gettext_lazy("跳过无效行"),
        required=False,
        help_text=gettext_lazy("选中后，含无效行的批次也可以提交，无效行不公示；不选则须改正后重新报送。"),
    )

    def __init__(self, *args, datasets: list, formats: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].choices = [("", _("请选择")), *datasets]
        self.fields["format"].choices = [("", _("自动识别")), *((name, name.upper()) for name in formats)]

    def clean_import_file(self):
        file = self.cleaned_data["import_file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            limit = settings.UPLOAD_MAX_BYTES // 1024 // 1024
            raise forms.ValidationError(_("文件超过 %(limit)s MB，请拆分后报送。") % {"limit": limit})
        return file

    def clean(self):
        cleaned = super().clean()
        file, chosen = cleaned.get("import_file"), cleaned.get("format")
        if file and chosen and (_starts_like_zip(file) != (chosen == "xlsx")):
            self.add_error("format", _("文件内容不是 %(format)s 格式。") % {"format": chosen.upper()})
        return cleaned


def _starts_like_zip(file) -> bool:
    start = file.read(4)
    file.seek(0)
    return start == b"PK\x03\x04"


class ExportForm(forms.Form):
    """Which dataset to export in which format."""

    dataset = forms.ChoiceField(label=gettext_lazy("信息类目"))
    format = forms.ChoiceField(label=gettext_lazy("格式"))

    def __init__(self, *args, datasets: list, formats: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dataset"].choices = [("", _("请选择")), *datasets]
        self.fields["format"].choices = [(name, name.upper()) for name in formats]


class LongTextField(forms.CharField):
    """Text of several lines; the line ends a browser sends are not a change."""

    def to_python(self, value):
        return super().to_python(value.replace("\r\n", "\n") if value else value)


class CorrectionForm(forms.Form):
    """One input per column of the record's dataset, filled with what is published, and the reason.

    ``corrections()`` is the raw text of the columns that were changed. Columns of the primary key identify the record
    and cannot be corrected: such a record is withdrawn and reported anew.
    """

    def __init__(self, record: Record, language: str, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.record, self.language = record, language
        dataset = record.declaration
        for column in correctable(dataset):
            self.fields[f"value-{column.name}"] = _input(column, record.values.get(column.name), language)
        self.fields["because"] = reason_field()

    def value_fields(self):
        return [self[name] for name in self.fields if name.startswith("value-")]

    def corrections(self) -> dict[str, str]:
        return {
            name.removeprefix("value-"): self.cleaned_data[name]
            for name in self.changed_data
            if name.startswith("value-")
        }

    def clean(self):
        cleaned = super().clean()
        if not any(name.startswith("value-") for name in self.changed_data):
            self.add_error(None, _("没有改动任何数据项。"))
        for name in self.changed_data:
            if name.startswith("value-") and name in cleaned:
                self._check(name)
        return cleaned

    def _check(self, name: str) -> None:
        column = self.record.declaration.by_name[name.removeprefix("value-")]
        try:
            value = column.parse(self.cleaned_data[name])
        except ValueProblem as problem:
            self.add_error(name, problem.message_en if self.language == "en" else problem.message)
            return
        if value is None and column.required:
            self.add_error(name, _("必填的数据项不能为空。"))


def correctable(dataset: Dataset) -> list[Field]:
    """The columns a correction may change, in declared order."""
    return [
        column
        for column in dataset.fields
        if not column.withheld and not column.retired and column.name not in dataset.primary_key
    ]


def _as_reported(column: Field, value) -> str:
    """A stored value as text that ``column.parse`` reads back."""
    if isinstance(value, list):
        return column.separator.join(column.show(each) for each in value)
    return column.show(value)


def _input(column: Field, value, language: str) -> forms.Field:
    options = {
        "label": column.text("title", language),
        "required": False,
        # Whatever the language of the page: only the Chinese words are sure to be read back as the same value.
        "initial": _as_reported(column, value),
        "help_text": column.text("note", language),
    }
    if column.type == "code" and not column.separator:
        choices = [("", "—"), *((key, label[language]) for key, label in column.codes.items())]
        return forms.ChoiceField(**(options | {"choices": choices, "initial": "" if value is None else str(value)}))
    if column.type == "long_text":
        return LongTextField(**options, widget=forms.Textarea(attrs={"rows": 4}))
    return forms.CharField(**options)
