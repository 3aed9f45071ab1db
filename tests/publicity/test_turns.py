"""Requests of a process: one at a time, unless one is slow or waits."""

import threading
import time

from publicity.turns import MANY, Turns


class Server:
    """Requests come in threads of their own and stay inside until they are let out."""

    def __init__(self, patience: float):
        self.turns, self.inside, self.most, self.out = Turns(patience), 0, 0, threading.Event()
        self._entered, self._counting = threading.Semaphore(0), threading.Lock()

    def _serve(self, *, waits: bool):
        self.turns.take()
        try:
            self._answer(waits=waits)
        finally:
            self.turns.leave()

    def _answer(self, *, waits: bool):
        with self._counting:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self._entered.release()
        if waits:
            with self.turns.given_up():
                self.out.wait(20)
        else:
            self.out.wait(20)
        with self._counting:
            self.inside -= 1

    def asked(self, *, waits: bool = False) -> threading.Thread:
        request = threading.Thread(target=self._serve, kwargs={"waits": waits})
        request.start()
        return request

    def entered(self, seconds: float = 20) -> bool:
        return self._entered.acquire(timeout=seconds)


def test_requests_are_answered_one_at_a_time():
    server = Server(patience=20)
    requests = [server.asked() for _ in range(4)]
    assert server.entered()
    assert not server.entered(0.2)
    server.out.set()
    for request in requests:
        request.join(20)
    assert (server.most, server.inside) == (1, 0)


def test_where_many_wait_some_are_sent_to_look_for_another_process():
    turns, crowded = Turns(patience=0.03), []
    turns.take()
    for _ in range(2 * MANY):
        waiting = threading.Thread(target=lambda: crowded.append(turns.take()))
        # A tenth of a second more, or a busy machine would start the thread when there is nothing to wait for any more.
        turns._since = time.monotonic() + 0.1
        waiting.start()
        waiting.join(20)
    assert crowded.count(True) == 2


def test_a_slow_answer_holds_nobody_up():
    server = Server(patience=0.2)
    slow, other = server.asked(), server.asked()
    assert server.entered()
    assert server.entered()
    begun = time.monotonic()
    late = [server.asked() for _ in range(5)]
    assert all(server.entered() for _ in late)
    assert time.monotonic() - begun < 5 * 0.2
    server.out.set()
    for request in (slow, other, *late):
        request.join(20)
    assert server.inside == 0


def test_who_waits_gives_up_its_turn_and_takes_it_again():
    server = Server(patience=20)
    waiting = server.asked(waits=True)
    assert server.entered()
    other = server.asked()
    assert server.entered(5)
    server.out.set()
    waiting.join(20)
    other.join(20)
    assert (server.most, server.inside) == (2, 0)
