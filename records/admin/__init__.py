"""What staff meet: the stock Django admin with import, review and publication of batches and acts on single records.

Nothing public is ever written by a form of the admin: a page shows, and a button calls one act of a model.
"""

from records.admin import access, batches, companies, events, records, sign_ins, staff, trail

__all__ = ["access", "batches", "companies", "events", "records", "sign_ins", "staff", "trail"]
