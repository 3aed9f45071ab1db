"""Certificates (核查凭证): what a check found at a moment, signed, and bound to the log so that nobody can tell it otherwise later.

A certificate is JSON. Its ``statement`` is signed as the UTF-8 text of that member with sorted keys and without spaces,
which for what it holds is the canonical JSON of RFC 8785. It names the state of the log it was made at; ``checkpoint`` is that state as a
signed note, and ``proofs`` show that the events which published what the statement names are in the log of that state. All of it is
checked without this site: only the key is needed.
"""

import base64
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone

from blacklists.screening import Checked
from publicity.api.check_shapes import check_answer
from publicity.api.labels import Addresses
from records import merkle
from records.catalog import catalog
from records.models import Event, LogTree, Record, seal
from records.models.event import entry
from records.rows import canonical
from records.signed_note import Checkpoint, NotSigned, Signer, Verifier, decoded, encoded

# So many events are sealed while somebody waits, about a second; the worker seals what large batches bring.
MOST_SEALED = 100_000
SAYS = {
    "zh": "本凭证只说明签发时本站公示的内容；没有记录不等于没有问题。各单位的评价并列，不合并，本站不评分。",
    "en": "This certificate tells only what this site published when it was issued; no record does not mean no problem. Ratings of "
    "different issuers stand side by side and are not combined; this site gives no score.",
}


def read(text: str | bytes) -> Any:
    """A document from its JSON; ``ValueError`` also for what is no JSON though Python reads it (NaN, 1e400): it would be signed as null."""

    def number(digits: str) -> float:
        if not math.isfinite(found := float(digits)):
            raise ValueError(f"{digits} is no JSON")
        return found

    return json.loads(text, parse_constant=number, parse_float=number)


class Behind(Exception):
    """The tree of the log does not hold the newest events yet."""


def log_key() -> Signer:
    """The key of the log. Unless ``LOG_KEY`` is set it follows from ``SECRET_KEY``, which is right for a trial only."""
    seed = base64.b64decode(settings.LOG_KEY) if settings.LOG_KEY else hashlib.sha256(b"log\n" + settings.SECRET_KEY.encode()).digest()
    return Signer(settings.LOG_ORIGIN, seed)


def known_keys() -> tuple[Verifier, ...]:
    """The public key of the log, and those it had before."""
    return log_key().verifier, *map(Verifier, settings.LOG_FORMER_KEYS)


def key_of(document: Any) -> Verifier:
    """The key of ours, present or former, that a certificate says has signed it; the present one when it is none of ours."""
    line = document.get("key") if isinstance(document, dict) else None
    return next((key for key in known_keys() if key.line == line), known_keys()[0])


def sealed_tree(upto: int = 0) -> LogTree:
    """The tree of the log as it is now; ``Behind`` when it cannot be brought to event ``upto`` while somebody waits."""
    tree = LogTree(seal(MOST_SEALED))
    if tree.size < upto:
        raise Behind
    return tree


def checkpoint(tree: LogTree) -> str:
    """The state of a tree as a signed note."""
    return log_key().note(Checkpoint(settings.LOG_ORIGIN, tree.size, tree.root()).text())


def certificate(results: Sequence[Checked], event: int, addresses: Addresses) -> dict[str, Any]:
    """The certificate of a check that knows of the events up to ``event``; ``Behind`` as ``sealed_tree``."""
    versions = named(results)
    # What was found may have been published since that event.
    tree = sealed_tree(max(event, *versions, 0))
    tree.hold(versions)
    events = {event.number: event for event in Event.objects.filter(number__in=versions).order_by("number")}
    told = [orjson.loads(tree.entry(event)) for event in events.values()]
    statement = {
        "issued_at": timezone.localtime().isoformat(timespec="seconds"),
        "issuer": {"zh": settings.SITE_NAME, "en": settings.SITE_NAME_EN},
        "log": {"origin": settings.LOG_ORIGIN, "size": tree.size, "root": encoded(tree.root())},
        **check_answer(results, event, addresses),
        "events": told,
        "says": SAYS,
        "verify": addresses.of("verify"),
    }
    statement["number"] = f"{timezone.localdate():%Y%m%d}-{hashlib.sha256(canonical(statement).encode()).hexdigest()[:12]}"
    return {
        "statement": statement,
        "signature": encoded(log_key().sign(canonical(statement).encode())),
        "key": log_key().verifier.line,
        "checkpoint": checkpoint(tree),
        "proofs": [{"number": number, "path": [encoded(node) for node in tree.inclusion(number)]} for number in events],
    }


def named(results: Sequence[Checked]) -> set[int]:
    """The versions of records that a check tells of: registrations of the companies it is sure of, entries of lists, ratings."""
    registers = [dataset.slug for dataset in catalog().of() if dataset.registers]
    companies = {one.match.company.id for one in results if one.match}
    registrations = Record.objects.public().filter(company_id__in=companies, dataset__in=registers).values_list("id", flat=True)
    return {*registrations, *(record.id for one in results for record in (*one.listings, *one.ratings))}


@dataclass
class Findings:
    """What a certificate says and what is wrong with it: pairs of Chinese and English; nothing, when it is genuine."""

    statement: dict[str, Any]
    wrong: list[tuple[str, str]] = field(default_factory=list)


def examined(document: Any, key: Verifier) -> Findings:
    """Check a certificate by a key, without the database. ``ValueError`` for what is no certificate at all."""
    try:
        statement, log = document["statement"], document["statement"]["log"]
        signature, note = decoded(document["signature"]), str(document["checkpoint"])
        size, root = int(log["size"]), decoded(log["root"])
        entries = {int(event["number"]): _entry(event) for event in statement["events"]}
        paths = {int(proof["number"]): [decoded(node) for node in proof["path"]] for proof in document["proofs"]}
        told = {int(item["event"]) for result in statement["results"] for item in (*result["lists"], *result["ratings"])}
        text = canonical(statement).encode()
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as problem:
        raise ValueError(f"no certificate: {problem!r}") from None
    found = Findings(statement)
    try:
        key.check(text, signature)
    except NotSigned:
        found.wrong.append(("签名与内容不符，或不是用该公钥签发", "The signature is not that of this key over this content"))
    try:
        agree = key.checkpoint(note) == Checkpoint(log["origin"], size, root)
    except NotSigned:
        agree = False
    if not agree:
        found.wrong.append(("检查点与凭证所述的日志状态不符", "The checkpoint is not that of the log the certificate tells of"))
    # Proofs of what the key has not signed show nothing.
    for number in () if found.wrong else sorted(told | entries.keys()):
        leaf = merkle.leaf_hash(entries.get(number, b""))
        if merkle.root_of_inclusion(leaf, number - 1, size, paths.get(number, ())) != root:
            found.wrong.append((f"日志第 {number} 号不在所述日志中", f"Event {number} is not in the log of that state"))
    return found


def _entry(event: dict[str, Any]) -> bytes:
    """An event of a statement as a leaf of the log."""
    return entry(int(event["number"]), int(event["at"]), event["kind"], event["digest"])
