"""The WSGI entry point that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
application = get_wsgi_application()

# What is there now lives as long as the process: looking through it for garbage would stop every thread for a tenth of a second.
gc.collect()
gc.freeze()
