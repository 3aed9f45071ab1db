"""Blank report sheets (空白报送表): an XLSX for each dataset, with its headings, one example and notes."""

import io

import xlsxwriter

from records.dataset import Dataset, Field

_NEEDED = {True: "必填", False: "选填"}


def blank_sheet(dataset: Dataset) -> bytes:
    """An XLSX to fill in: the headings on the first sheet, text-typed so that codes keep all their digits; notes on the second.

    The example stands among the notes, so it can never be reported by mistake. Withheld columns are not asked for.
    """
    fields = [field for field in dataset.fields if not field.withheld and not field.retired]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@", "bg_color": "#eef2f7", "border": 1, "text_wrap": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        _headings(book.add_worksheet("数据"), fields, text, bold)
        _notes(book.add_worksheet("填报说明"), dataset, fields, bold, wrap)
    return file.getvalue()


def _headings(sheet, fields: list[Field], text, bold) -> None:
    for at, field in enumerate(fields):
        sheet.set_column(at, at, max(12, 2 * len(field.title)), text)
        sheet.write_string(0, at, field.title, bold)
    sheet.freeze_panes(1, 0)


def _notes(sheet, dataset: Dataset, fields: list[Field], bold, wrap) -> None:
    sheet.set_column(0, 4, 24, wrap)
    sheet.write_string(0, 0, f"{dataset.title}：{dataset.summary}")
    for at, heading in enumerate(("数据项", "是否必填", "可用值或单位", "示例", "说明")):
        sheet.write_string(2, at, heading, bold)
    for row, field in enumerate(fields, 3):
        values = "、".join(label["zh"] for label in field.codes.values()) or field.unit
        for at, cell in enumerate((field.title, _NEEDED[field.required], values, field.example, field.note)):
            sheet.write_string(row, at, cell, wrap)
