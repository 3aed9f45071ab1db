"""Every address of the API, below ``/api/v1/``."""

from django.urls import path, re_path

from publicity.api import (
    check,
    codes,
    companies,
    datasets,
    documents,
    events,
    lists,
    log,
    profile,
    quality,
    records,
    restricted,
    status,
)

urlpatterns = [
    path("", status.Index.as_view(), name="api-index"),
    path("companies/", companies.CompanyList.as_view(), name="api-companies"),
    path("companies/<str:code>/", profile.CompanyDetail.as_view(), name="api-company"),
    path("companies/<str:code>/records/", profile.CompanyRecords.as_view(), name="api-company-records"),
    path("records/", records.RecordList.as_view(), name="api-records"),
    path("records/<str:key>/", records.RecordDetail.as_view(), name="api-record"),
    path("datasets/", datasets.DatasetList.as_view(), name="api-datasets"),
    path("datasets/<str:slug>/", datasets.DatasetDetail.as_view(), name="api-dataset"),
    path("quality/", quality.QualityList.as_view(), name="api-quality"),
    path("check/", check.Check.as_view(), name="api-check"),
    path("lists/", lists.ListList.as_view(), name="api-lists"),
    path("lists/<str:slug>/listings/", lists.ListingList.as_view(), name="api-listings"),
    path("codes/", codes.CodeLists.as_view(), name="api-code-lists"),
    path("codes/<str:name>/", codes.CodeListDetail.as_view(), name="api-codes"),
    path("events/", events.EventList.as_view(), name="api-events"),
    path("log/checkpoint/", log.LogCheckpoint.as_view(), name="api-checkpoint"),
    path("log/inclusion/<str:number>/", log.LogInclusion.as_view(), name="api-inclusion"),
    path("log/consistency/<str:number>/", log.LogConsistency.as_view(), name="api-consistency"),
    path("certificate/", log.Certificate.as_view(), name="api-certificate"),
    path("restricted/", restricted.TokenFacts.as_view(), name="api-restricted"),
    path("restricted/companies/<str:code>/records/", restricted.CompanyRestricted.as_view(), name="api-restricted-company"),
    path("restricted/records/", restricted.AllRestricted.as_view(), name="api-restricted-records"),
    path("restricted/records/<str:key>/", restricted.RecordRestricted.as_view(), name="api-restricted-record"),
    path("status/", status.ServiceStatus.as_view(), name="api-status"),
    path("schema/", documents.OpenApi.as_view(), name="api-schema"),
    path("docs/", documents.Docs.as_view(), name="api-docs"),
    re_path(r"^(?P<rest>.*)$", status.UnknownAddress.as_view(), name="api-unknown"),
]
