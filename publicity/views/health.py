"""Probes for load balancers and operators."""

from datetime import timedelta

from django.db import DatabaseError
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from records.models import Batch, EventCounter

PATIENCE = timedelta(minutes=10)


@never_cache
def healthz(request):  # noqa: ARG001 - a view
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request):  # noqa: ARG001 - a view
    """The database answers and its tables are there."""
    try:
        EventCounter.objects.values_list("last", flat=True).get(id=1)
    except (DatabaseError, EventCounter.DoesNotExist) as problem:
        return JsonResponse({"ready": False, "problem": type(problem).__name__}, status=503)
    return JsonResponse({"ready": True})


@never_cache
def worker(request):  # noqa: ARG001 - a view
    """Somebody works on every batch that needs work: 503 when one has waited for ten minutes without a live lease."""
    now = timezone.now()
    since = Greatest("uploaded_at", *(Coalesce(name, "uploaded_at") for name in ("reviewed_at", "lease_until")))
    waiting = Batch.objects.waiting().filter(Q(lease_until=None) | Q(lease_until__lt=now)).annotate(since=since)
    stuck = list(
        waiting.filter(since__lt=now - PATIENCE).order_by("since").values("id", "dataset", "state", "since")[:20]
    )
    return JsonResponse({"healthy": not stuck, "waiting": stuck}, status=503 if stuck else 200)
