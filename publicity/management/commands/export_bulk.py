"""``manage.py export_bulk``: everything public as files for ``/bulk/``. Run it by a timer; what has not changed costs nothing."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from publicity.bulk.exporting import AlreadyRunning, export


class Command(BaseCommand):
    help = "Write full dumps, daily deltas and their descriptions, and serve them in place of the last export."

    def add_arguments(self, parser):
        parser.add_argument("--dir", type=Path, help="where to, instead of BULK_DIR")

    def handle(self, **options):
        settings.BULK_DIR = options["dir"] or settings.BULK_DIR
        try:
            made = export()
        except AlreadyRunning:
            raise CommandError("another export is running") from None
        files = made.all_files()
        rows = sum(part.rows for part in made.parts.values())
        size = sum(file.bytes for file in files)
        self.stdout.write(f"{rows} rows, {len(files)} files, {size} bytes: {made.day}, event {made.head}")
