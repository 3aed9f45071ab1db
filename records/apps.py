from django.apps import AppConfig
from django.core.checks import Error, Tags, register
from django.utils.translation import gettext_lazy as _

from records.catalog import DeclarationError, catalog


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = _("信用信息")


@register(Tags.models)
def check_declarations(**_options) -> list[Error]:
    """Refuse to start on a wrong dataset declaration; the message names file, column and key."""
    try:
        catalog()
    except DeclarationError as problem:
        return [Error(str(problem), hint="records/datasets/README.md explains every key.", id="records.E001")]
    return []
