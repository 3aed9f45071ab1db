"""The one import engine: a file becomes a batch of staged rows, and a reviewed batch becomes records and events.

``receive`` takes a file, ``staging`` reads and checks it, ``publishing`` writes it, ``work`` runs either under a lease so that a
killed worker is followed by another with nothing lost or doubled. Admin, commands and the watched folder all use it.
"""

from records.files.reading import Refused
from records.ingest.receiving import receive

__all__ = ["Refused", "receive"]
