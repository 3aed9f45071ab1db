"""``manage.py verify_certificate FILE --key KEY``: whether a certificate is genuine; neither network nor database is needed."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from publicity import certificates
from publicity.certificates import examined, key_of
from records.signed_note import Verifier


class Command(BaseCommand):
    help = "Check the signature of a certificate, and that what it names is in the log it tells of."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--key", help="the public key, name+id+key; by default those of this site, present and former")

    def handle(self, *, file, key, **_options):
        try:
            document = certificates.read(file.read_bytes())
            verifier = Verifier(key) if key else key_of(document)
            found = examined(document, verifier)
        except (OSError, ValueError) as problem:
            raise CommandError(f"{file}: {problem}") from None
        if found.wrong:
            raise CommandError("\n".join(f"{file}: {zh} · {en}" for zh, en in found.wrong))
        statement = found.statement
        size = statement["log"]["size"]
        self.stdout.write(f"{statement['number']}, {statement['issued_at']}, log of {size} events: genuine, signed by {verifier.name}")
