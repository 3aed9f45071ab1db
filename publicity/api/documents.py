"""The OpenAPI document and the page that lets a person try it."""

import functools
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.urls import include, path
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView

from publicity.api import schema as openapi
from publicity.api.base import PublicView
from publicity.api.throttling import PublicThrottle, Quota
from records.catalog import catalog


@functools.lru_cache(maxsize=8)
def document(catalogue: int, site: str) -> dict[str, Any]:  # noqa: ARG001 - part of the cache key
    return openapi.document([path("api/v1/", include("publicity.api.urls"))], site)


class OpenApi(PublicView):
    """The document itself; it describes the other addresses and not this one."""

    schema = None
    media_type = "application/vnd.oai.openapi+json;version=3.1"

    def answer(self) -> dict[str, Any]:
        return document(id(catalog()), self.request.build_absolute_uri("/").rstrip("/"))


# Swagger UI draws its arrows from data: images; nothing else of the site's policy is loosened.
@method_decorator(csp_update({"img-src": ["data:"]}), name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own files, its script in a request of its own, as the content security policy asks."""

    schema = None
    throttle_classes = (PublicThrottle,)
    url_name = "api-schema"
    template_name = "api/docs.html"
    quota: Quota | None = None
    title = f"API {openapi.VERSION} · {settings.SITE_NAME} / {settings.SITE_NAME_EN}"

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (self.quota.headers() if self.quota else {}).items():
            response[name] = value
        return response
