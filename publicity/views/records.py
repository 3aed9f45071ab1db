"""One record, with its life."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from publicity.profile import Row
from publicity.views.caching import public_page
from records.catalog import catalog
from records.models import Event, Record


@public_page(60)
def record(request, key):
    """404 for a record that never was public, 410 with what may still be said for one that no longer is."""
    events = list(Event.objects.public().of_record(key).order_by("number")[:100])
    found = Record.objects.public().filter(key=key).select_related("company").order_by("-id").first()
    if found is None:
        return gone(request, events)
    row = Row(found)
    context = {"row": row, "record": found, "dataset": row.dataset, "company": found.company, "events": events}
    return render(request, "record.html", context)


def gone(request, events: list[Event]) -> HttpResponse:
    """Which kind of record it was and when it left the site; no value of it, and not whose it was."""
    public = {dataset.slug: dataset for dataset in catalog().of()}
    if not events or events[-1].dataset not in public:
        raise Http404
    last = events[-1]
    context = {"dataset": public[last.dataset], "act": last.get_kind_display(), "on": timezone.localdate(last.at)}
    if last.kind not in (Event.Kind.WITHDRAWN, Event.Kind.REPAIRED, Event.Kind.EXPIRED):
        # Its period is over; the act that says so is written by the next run of the expiry command.
        until = (
            Record.objects.filter(key=last.record_key).order_by("-id").values_list("published_until", flat=True).first()
        )
        context |= {"act": Event.Kind.EXPIRED.label, "on": until}
    return render(request, "410.html", context, status=410)
