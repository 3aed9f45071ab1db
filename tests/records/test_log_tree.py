"""The tree over the event log follows it up to its head, and proves what is in it, whoever seals it and however often."""

import pytest

from records import merkle
from records.models import Batch, Event, EventCounter, LogBroken, LogTile, LogTree, seal, tree
from records.models.event import entry
from tests.factories import add_events, make_record

pytestmark = pytest.mark.django_db


def leaf(event: Event, kind: str = "sealed") -> bytes:
    return merkle.leaf_hash(entry(event.number, int(event.at.timestamp()), kind, event.digest))


def plain_root(size: int) -> bytes:
    leaves = [leaf(event) for event in Event.objects.filter(number__lte=size).order_by("number")]
    return merkle.root(lambda level, index: merkle.complete(leaves[index << level : (index + 1) << level]), size)


def test_the_tree_is_that_of_the_events_however_it_was_sealed(monkeypatch):
    monkeypatch.setattr(tree, "STEP", 300)
    for count, most in ((1, None), (254, None), (1, None), (1, None), (700, 301), (0, None), (66_000 - 957, None)):
        add_events(count)
        seal(most)
    size = seal()
    assert size == 66_000 == Event.objects.head()
    assert LogTile.objects.filter(level=2).exists()
    for past in (1, 255, 256, 257, 512, 957, 65_536, 66_000):
        assert LogTree(past).root() == plain_root(past), past
    for number, past in ((1, 66_000), (256, 257), (65_537, 66_000), (66_000, 66_000)):
        path = LogTree(past).inclusion(number)
        assert merkle.root_of_inclusion(leaf(Event.objects.get(number=number)), number - 1, past, path) == LogTree(past).root()
    assert merkle.is_consistent(257, LogTree(257).root(), size, LogTree(size).root(), LogTree(size).consistency(257))


def test_who_comes_second_changes_nothing(monkeypatch):
    add_events(300)
    monkeypatch.setattr(tree, "_step", lambda sealed, upto, step=tree._step: (step(sealed, upto - 100), step(sealed, upto))[1])
    assert seal(300) == 300
    assert LogTree(300).root() == plain_root(300)


def test_events_of_a_batch_that_is_being_written_are_sealed_when_it_is_done(importer, reviewer):
    add_events(10)
    people = {"uploaded_by": importer, "reviewed_by": reviewer}
    batch = Batch.objects.create(dataset="tax-penalty", state=Batch.State.PUBLISHING, first_event=8, file_size=1, **people)
    assert seal() == 7
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.PUBLISHED)
    assert seal() == 10


def test_a_log_with_a_gap_is_not_sealed():
    add_events(10)
    EventCounter.objects.update(last=11)
    with pytest.raises(LogBroken, match="1 of the events 1 to 11 are missing"):
        seal()
    assert EventCounter.objects.get().sealed == 0


def test_an_event_that_was_altered_no_longer_leads_to_the_root():
    record = make_record()
    tree, event = LogTree(seal()), Event.objects.get(number=record.pk)
    root, path = tree.root(), tree.inclusion(record.pk)
    assert merkle.root_of_inclusion(leaf(event, event.kind), record.pk - 1, 2, path) == root
    event.kind = Event.Kind.REPAIRED
    assert merkle.root_of_inclusion(merkle.leaf_hash(tree.entry(event)), record.pk - 1, 2, path) != root


def test_an_event_keeps_its_leaf_when_its_dataset_is_opened_or_closed_later():
    opened, closed = make_record(), make_record(dataset="tax-arrears_detail")
    tree = LogTree(seal())
    for record, kind in ((opened, b"published"), (closed, b"sealed")):
        event = Event.objects.get(number=record.pk)
        event.dataset = {opened: closed, closed: opened}[record].dataset
        assert b'"kind":"%b"' % kind in tree.entry(event)


def test_the_tiles_of_many_proofs_are_read_at_once(django_assert_num_queries):
    add_events(66_000)
    tree, numbers = LogTree(seal()), range(1, 66_001, 200)
    with django_assert_num_queries(3):
        tree.hold(numbers)
        [tree.inclusion(number) for number in numbers]
