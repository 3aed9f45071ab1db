from django.apps import AppConfig
from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default = False
    default_site = "publicity.staff.StaffSite"


class PublicityConfig(AppConfig):
    default = True
    name = "publicity"
