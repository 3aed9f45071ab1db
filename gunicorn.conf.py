"""How gunicorn serves the site wherever it is started from this directory; the command line says where and with how many workers."""

# Threads are for those who wait: of the others one works at a time (publicity/turns.py).
threads = 4
keepalive = 75
# Longer addresses than gunicorn's 4094: a search narrowed by everything, in percent signs.
limit_request_line = 8190


def pre_request(worker, req):  # noqa: ARG001 - gunicorn's shape
    """Connections stay with the worker that accepted them, however many it has: where requests wait, some are given up."""
    from publicity.turns import TURNS  # noqa: PLC0415 - the master process does not know the site

    if TURNS.take():
        req.force_close()


def post_request(worker, req, environ, resp):  # noqa: ARG001 - gunicorn's shape
    from publicity.turns import TURNS  # noqa: PLC0415

    TURNS.leave()
