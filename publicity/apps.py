from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps
from django.core import checks

from records.signed_note import Verifier


class AdminConfig(apps.AdminConfig):
    default = False
    default_site = "publicity.staff.StaffSite"


class PublicityConfig(AppConfig):
    default = True
    name = "publicity"

    def ready(self):
        # The framework is ready after the apps.
        from publicity.api import throttling  # noqa: PLC0415

        checks.register(throttling.check_rate)
        checks.register(throttling.check_shared, deploy=True)


@checks.register(checks.Tags.security)
def check_former_keys(**_options) -> list[checks.Error]:
    """Tell of a key that cannot be one: certificates signed with it would be called forged."""
    wrong = []
    for line in settings.LOG_FORMER_KEYS:
        try:
            Verifier(line)
        except ValueError as problem:
            wrong.append(checks.Error(f"LOG_FORMER_KEYS: {line}: {problem}", id="publicity.E001"))
    return wrong


@checks.register(checks.Tags.security, deploy=True)
def check_log_key(**_options) -> list[checks.Info]:
    """Tell of a site whose certificates would end with its ``SECRET_KEY``."""
    if settings.LOG_KEY:
        return []
    hint = "openssl rand -base64 32; keep a copy: a lost key cannot sign on."
    return [checks.Info("LOG_KEY is not set: certificates hold only as long as SECRET_KEY stays.", hint=hint, id="publicity.I001")]
