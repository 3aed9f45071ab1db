"""The id of the request in every line that is logged while it is answered."""

import logging
from contextvars import ContextVar

current: ContextVar[str] = ContextVar("request id", default="-")


class RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request = current.get()
        return True
