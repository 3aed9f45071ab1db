"""Probes for load balancers and operators."""

from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from records.catalog import catalog
from records.ingest import work
from records.models import Batch, EventCounter

PATIENCE = timedelta(minutes=10)


@csrf_exempt
@require_safe
@never_cache
def healthz(request):  # noqa: ARG001 - a view
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@csrf_exempt
@require_safe
@never_cache
def readyz(request):  # noqa: ARG001 - a view
    """The database answers and its tables are there."""
    try:
        EventCounter.objects.values_list("last", flat=True).get(id=1)
    except (DatabaseError, EventCounter.DoesNotExist) as problem:
        return JsonResponse({"ready": False, "problem": type(problem).__name__}, status=503)
    return JsonResponse({"ready": True})


@csrf_exempt
@require_safe
@never_cache
def worker(request):  # noqa: ARG001 - a view
    """The queue moves: 503 when nobody works and a batch has waited for ten minutes, or when one breaks off again and again."""
    now = timezone.now()
    since = Greatest("uploaded_at", *(Coalesce(name, "uploaded_at") for name in ("reviewed_at", "lease_until")))
    needy = Batch.objects.waiting()
    stuck = Q(attempts__gt=work.MAX_ATTEMPTS)
    if not needy.filter(lease_until__gte=now).exclude(token="").filter(attempts__lte=work.MAX_ATTEMPTS).exists():
        stuck |= Q(since__lt=now - PATIENCE)
    found = list(needy.annotate(since=since).filter(stuck).order_by("since").values("id", "dataset", "state", "since", "attempts")[:20])
    public = {dataset.slug for dataset in catalog().of()}
    for batch in found:
        # Of the others nobody is to know when they are reported.
        batch["dataset"] = batch["dataset"] if batch["dataset"] in public else None
    return JsonResponse({"healthy": not found, "waiting": found}, status=503 if found else 200)
