"""Entering one record by hand: a form made from the declaration, whose answer goes the way every file goes.

What was typed becomes a file of one row, so that reading, checking, the second person and the log are those of every batch.
"""

import csv
import functools
import io

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from records.admin.forms import LongTextField
from records.admin.tables import grouped, language
from records.dataset import Dataset, Field
from records.fieldtypes import ValueProblem
from records.models import Membership
from records.rows import row_errors

_KEYBOARDS = {"decimal": "decimal", "integer": "numeric", "year": "numeric", "url": "url"}


def enterable(dataset: Dataset) -> list[Field]:
    """The columns a form asks for, in declared order; withheld ones are not kept and so not asked for."""
    return [column for column in dataset.fields if not column.withheld and not column.retired]


class EntryForm(forms.Form):
    """One input per column of a dataset; ``sheet()`` is what was typed as a CSV with a header and one row."""

    def __init__(self, dataset: Dataset, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.dataset = dataset
        for column in enterable(dataset):
            self.fields[column.name] = entry_field(column)

    @cached_property
    def texts(self) -> dict[str, str]:
        """What was typed or chosen by column name, as it would stand in a cell."""
        columns = self.dataset.by_name
        return {
            name: columns[name].separator.join(value) if isinstance(value, list) else value
            for name, value in self.cleaned_data.items()
        }

    def clean(self):
        cleaned = super().clean()
        values = {name: self._parsed(name, text) for name, text in self.texts.items()}
        if not self.errors:
            known = {name: value for name, value in values.items() if value is not None}
            for name, _value, zh, en in row_errors(self.dataset, known, timezone.localdate()):
                self.add_error(name if name in self.fields else None, en if language() == "en" else zh)
        return cleaned

    def _parsed(self, name: str, text: str):
        column = self.dataset.by_name[name]
        try:
            value = column.parse(text) if text else None
        except ValueProblem as problem:
            self.add_error(name, problem.message_en if language() == "en" else problem.message)
            return None
        if value is None and column.required and name not in self.errors:
            self.add_error(name, _("必填的数据项不能为空。"))
        return value

    def sheet(self) -> io.BytesIO:
        text = io.StringIO(newline="")
        columns = [self.dataset.by_name[name] for name in self.texts]
        csv.writer(text).writerows([[column.title for column in columns], list(self.texts.values())])
        return io.BytesIO(text.getvalue().encode())


def entry_field(column: Field) -> forms.Field:
    """The input for a column: a choice for an enumeration, a calendar for a day, a text otherwise; with note and example."""
    spoken = language()
    options = {"label": column.text("title", spoken), "required": column.required, "help_text": _help(column)}
    if column.type == "code":
        choices = [(key, label.get(spoken) or label["zh"]) for key, label in column.codes.items()]
        if column.separator:
            return forms.MultipleChoiceField(**options, choices=choices, widget=forms.CheckboxSelectMultiple)
        return forms.ChoiceField(**options, choices=[("", "—"), *choices])
    if column.type == "boolean":
        return forms.ChoiceField(**options, choices=[("", "—"), ("是", _("是")), ("否", _("否"))])
    if column.type == "long_text":
        return LongTextField(**options, widget=forms.Textarea(attrs={"rows": 4}))
    if column.type == "date" and column.role != "valid_until":
        return forms.CharField(**options, widget=forms.DateInput(attrs={"type": "date"}))
    keyboard = {"inputmode": _KEYBOARDS[column.type]} if column.type in _KEYBOARDS else {}
    return forms.CharField(**options, widget=forms.TextInput(attrs=keyboard))


def urls(batch_admin) -> list:
    """The addresses under that of batches, for the admin of batches to include."""
    view = batch_admin.admin_site.admin_view(functools.partial(entry_view, batch_admin))
    return [path("entry/", view, name="records_batch_entries"), path("entry/<slug:slug>/", view, name="records_batch_entry")]


def _help(column: Field) -> str:
    """The note of the column, then its example, but for what is chosen and not typed."""
    parts = [column.text("note", language())]
    if column.role == "valid_until":
        parts.append(_("没有期限的填“长期”。"))
    if column.example and column.type not in ("code", "boolean", "date"):
        parts.append(_("例：%(example)s") % {"example": column.example})
    return "\n".join(filter(None, parts))


def entry_view(batch_admin, request, slug: str = ""):
    """Choose a dataset, fill its form, and be led to the batch it became."""
    if not batch_admin.has_import_permission(request):
        raise PermissionDenied
    own = Membership.datasets_of(request.user)
    dataset = next((each for each in own if each.slug == slug), None)
    if slug and dataset is None:
        raise Http404
    context = {"opts": batch_admin.opts, "title": _("逐条录入"), "groups": grouped(own), "dataset": dataset, "problems": []}
    if dataset:
        form = EntryForm(dataset, request.POST or None)
        if request.method == "POST" and form.is_valid():
            name = f"{_('逐条录入')}-{timezone.localdate()}.csv"
            batch, context["problems"] = batch_admin.receive(request, form.sheet(), dataset=dataset, file_name=name)
            if batch:
                return HttpResponseRedirect(batch.get_absolute_url())
        context |= {"form": form, "dataset_title": dataset.text("title", language())}
    return batch_admin.page(request, "admin/records/batch/entry.html", context)
