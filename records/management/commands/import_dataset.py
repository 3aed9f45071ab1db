"""``manage.py import_dataset SLUG FILE --by USER``: the same import as in the admin, on the command line."""

import gc
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from records.catalog import catalog
from records.ingest import Refused, receive, work
from records.ingest.receiving import shown_name
from records.models import ActRefused, Batch, StagedRow

MOST_ERRORS = 20


class Command(BaseCommand):
    # They load every page of the site: 18 MB and half a second for nothing. ``manage.py check`` is part of setting a site up.
    requires_system_checks = ()
    help = "Import a file into a dataset: stage it and, with --publish-by, publish it."
    # Why the batch was staged but not published, where publishing was asked for.
    _refused = ""

    def add_arguments(self, parser):
        parser.add_argument("dataset", help="slug of the dataset, such as samr-registration")
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="user name of the person who reports")
        parser.add_argument("--publish-by", help="user name of the second person, who publishes")
        parser.add_argument("--skip-invalid", action="store_true", help="publish the valid rows and leave the others out")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *, dataset, file, by, publish_by, skip_invalid, **options):
        gc.set_threshold(100_000, 20, 20)
        declaration = catalog().datasets.get(dataset)
        if declaration is None:
            raise CommandError(f"unknown dataset {dataset!r}; known are {', '.join(catalog().datasets)}")
        uploader, reviewer = self._user(by), self._user(publish_by) if publish_by else None
        if reviewer == uploader:
            raise CommandError("--publish-by must be another person than --by")
        try:
            with file.open("rb") as stream:
                batch = receive(stream, dataset=declaration, file_name=file.name, by=uploader, skip_invalid=skip_invalid)
        except OSError as problem:
            raise CommandError(f"{file}: {problem.strerror}") from problem
        except Refused as refusal:
            if options["json"]:
                answer = {"batch": None, "dataset": dataset, "state": Batch.State.REFUSED, **Batch().counts()}
                self._print(answer | {"problems": refusal.problems, "errors": []})
            raise CommandError(f"{shown_name(file.name)}: {refusal}") from refusal
        self._work(batch)
        if batch.state == Batch.State.STAGED and reviewer:
            self._publish(batch, uploader, reviewer)
        self._report(batch, as_json=options["json"])

    def _user(self, name: str):
        users = get_user_model()
        try:
            return users.objects.get_by_natural_key(name)
        except users.DoesNotExist:
            raise CommandError(f"no user {name!r}") from None

    def _work(self, batch: Batch) -> None:
        """Do what the batch needs now, with a line of progress when a person is watching."""
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(batch.pk, done), daemon=True)
        if sys.stderr.isatty():
            watcher.start()
        try:
            if work.run(batch.pk) is None:
                raise CommandError(f"batch {batch.pk} is being worked by an import worker; look there")
        finally:
            done.set()
            if watcher.is_alive():
                watcher.join()
        batch.refresh_from_db()

    def _watch(self, batch_id: int, done: threading.Event) -> None:
        while not done.wait(0.5):
            batch = Batch.objects.get(pk=batch_id)
            total = f" / {batch.events:,}" if batch.written else ""
            sys.stderr.write(f"\r{batch.get_state_display()} {batch.written or batch.rows:,}{total} ")
            sys.stderr.flush()
        sys.stderr.write("\r\033[K")
        connection.close()

    def _publish(self, batch: Batch, uploader, reviewer) -> None:
        try:
            batch.submit(by=uploader)
            # Whoever publishes by command has the file before them: that older data replace newer is noted, not asked.
            batch.publish(by=reviewer, because="命令行公示" if batch.in_conflict() else "")
        except ActRefused as refusal:
            self._refused = str(refusal)
        else:
            self._work(batch)

    def _report(self, batch: Batch, *, as_json: bool) -> None:
        answer = {"batch": batch.pk, "dataset": batch.dataset, "state": batch.state, **batch.counts()}
        errors = list(self._errors(batch))
        if as_json:
            self._print(answer | {"problems": batch.problem, "errors": errors})
        else:
            self.stdout.write("  ".join(f"{name} {value}" for name, value in answer.items()))
            if batch.state == Batch.State.NOTHING_NEW:
                self.stdout.write("nothing to publish: no row is new or changed")
            self._explain(batch, errors)
        if batch.state in (Batch.State.REFUSED, Batch.State.FAILED):
            raise CommandError("; ".join(problem["en"] for problem in batch.problem))
        if self._refused:
            raise CommandError(f"not published: {self._refused}")
        if batch.invalid and not batch.skip_invalid:
            raise CommandError(f"{batch.invalid} of {batch.rows} rows are invalid; correct them, or use --skip-invalid")

    def _print(self, answer: dict) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def _errors(self, batch: Batch) -> Iterator[dict]:
        """What is wrong with the first refused rows; the batch page has them all."""
        for row in batch.staged.filter(kind=StagedRow.Kind.INVALID).order_by("row_no")[:MOST_ERRORS]:
            for name, value, zh, en in row.errors:
                field = batch.declaration.by_name.get(name)
                yield {"row": row.row_no, "column": field.title if field else "", "value": value, "zh": zh, "en": en}

    def _explain(self, batch: Batch, errors: list[dict]) -> None:
        for error in errors:
            row, column, value = error["row"], error["column"] or "-", error["value"]
            self.stdout.write(f"row {row}, {column}, {value!r}: {error['zh']} / {error['en']}")
        if batch.invalid > MOST_ERRORS:
            self.stdout.write(f"… and {batch.invalid - MOST_ERRORS} more rows, see the batch page")
