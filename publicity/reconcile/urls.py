"""Every address of reconciliation. Clients join service address and path, so each works with and without a final slash."""

from django.urls import path, re_path

from publicity.api.status import UnknownAddress
from publicity.reconcile import endpoint, preview, suggesting

urlpatterns = [
    path("", endpoint.Endpoint.as_view(), name="reconcile"),
    re_path(r"^suggest/entity/?$", suggesting.SuggestEntity.as_view()),
    re_path(r"^suggest/property/?$", suggesting.SuggestProperty.as_view()),
    re_path(r"^suggest/type/?$", suggesting.SuggestType.as_view()),
    re_path(r"^flyout/entity/?$", suggesting.Flyout.as_view()),
    re_path(r"^properties/?$", suggesting.Properties.as_view()),
    path("preview/<str:code>/", preview.preview, name="reconcile-preview"),
    re_path(r"^(?P<rest>.*)$", UnknownAddress.as_view(), name="api-unknown"),
]
