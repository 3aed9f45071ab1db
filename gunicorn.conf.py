"""How gunicorn serves the site wherever it is started from this directory; the command line says where and with how many workers."""

# Threads are for those who wait: of the others one works at a time (publicity/turns.py).
threads = 4
keepalive = 75
# Longer addresses than gunicorn's 4094: a search narrowed by everything, in percent signs.
limit_request_line = 8190
# Connections stay with the worker that accepted them, however many it has: after so many requests one is given up, and where requests
# wait some are before. Who has least to do accepts it when it is made anew.
REQUESTS_OF_A_CONNECTION = 50


def pre_request(worker, req):  # noqa: ARG001 - gunicorn's shape
    from publicity.turns import TURNS  # noqa: PLC0415 - the master process does not know the site

    if TURNS.take() or req.req_number >= REQUESTS_OF_A_CONNECTION:
        req.force_close()


def post_request(worker, req, environ, resp):  # noqa: ARG001 - gunicorn's shape
    from publicity.turns import TURNS  # noqa: PLC0415

    TURNS.leave()
