"""One record, with its life."""

from django.http import HttpResponse
from django.shortcuts import render

from publicity.endings import ending_of_record
from publicity.profile import Row
from publicity.views.caching import public_page, while_log_stands
from publicity.views.errors import gone
from records.models import Event, Record


@public_page(60)
def record(request, key):
    """404 for a record that never was public, 410 with what may still be said for one that no longer is."""
    return while_log_stands(request, lambda _head: one_record(request, key))


def one_record(request, key: str) -> HttpResponse:
    found = Record.objects.public().filter(key=key).select_related("company").order_by("-id").first()
    if found is None:
        return gone(request, ending_of_record(key))
    row, events = Row(found), list(Event.objects.public().of_record(key).order_by("number")[:100])
    context = {"row": row, "record": found, "dataset": row.dataset, "company": found.company, "events": events}
    return render(request, "record.html", context)
