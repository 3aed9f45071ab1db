"""The log as something to rely on: its state as a signed note, proofs about it, and certificates bound to it (RFC 6962, c2sp.org)."""

from typing import Annotated, Any, TypedDict

from django.conf import settings

from publicity.api.base import PublicView
from publicity.api.check import Check
from publicity.api.check_shapes import CheckResult
from publicity.api.enumerations import coded
from publicity.api.labels import Addresses
from publicity.api.parameters import MAX_NUMBER, Parameter
from publicity.api.problems import RETRY_SECONDS, Kind, Problem
from publicity.api.shapes import Bilingual, Date, Moment, Uri, words
from publicity.certificates import SAYS, Behind, certificate, checkpoint, log_key, sealed_tree
from records.models import Event, LogTree, Record
from records.signed_note import encoded

_NUMBER = {"type": "integer", "minimum": 1, "maximum": MAX_NUMBER}
_NODE = {"examples": ["XcnaeacBy1VpytmrnFV+2LzCqSCQT3YAFEEsfOtXMFo="]}
SIZE = Parameter("size", "The tree of so many events; of all that are sealed when fewer.", "树所含的事项数，超出时为全部。", _NUMBER, 1)
NUMBER = Parameter("number", "Number of the event.", "事项序号。", _NUMBER, 1, where="path")
FIRST = Parameter("number", "Size of the earlier state.", "较早状态的事项数。", _NUMBER, 1, where="path")
Path = Annotated[list[Annotated[str, _NODE]], "SHA-256 hashes in base64, as RFC 6962 orders them. 证明路径。"]
Root = Annotated[str, "Root of the Merkle tree over the log, in base64. 日志树根。", _NODE]
Key = Annotated[str, "Public key: name, id and Ed25519 key, joined by +. 公钥。", {"examples": ["credit.example/log+d62f8185+AUgH…"]}]


class CheckpointShape(TypedDict):
    """The state of the log, signed. 已签名的日志状态。"""

    origin: Annotated[str, "Name of the log. 日志名称。", {"examples": ["credit.example/log"]}]
    size: Annotated[int, "Number of the last event in it. 所含最后一条的序号。", {"examples": [2048]}]
    root: Root
    note: Annotated[str, "The same as a signed note (c2sp.org/tlog-checkpoint). 签名文本。"]
    key: Key


class OpenedShape(TypedDict):
    """What the digest of an event is made of: SHA-256 of a zero byte, the salt and the content. 内容摘要的原文。"""

    salt: Annotated[str, "16 bytes in hex. 盐值。", {"examples": ["5f2c…"]}]
    content: Annotated[str, "Dataset, record and values as canonical JSON. 信息内容的规范文本。"]


class InclusionShape(TypedDict):
    """That an event is in the log. 事项在日志中的证明。"""

    number: Annotated[int, {"examples": [1025]}]
    entry: Annotated[
        str, "What the tree holds of the event; its leaf is the SHA-256 of a zero byte and this text. 事项的日志条目。",
        {"examples": ['{"at":1781483400,"digest":"5f2c…","kind":"published","number":1025}']},
    ]  # fmt: skip
    opened: Annotated[
        OpenedShape | None,
        "Of the record it published, while that is public as a whole; it shows that the record is what was logged. "
        "所公示的信息仍全部公开时，可据此验证其内容与日志一致。",
    ]
    size: Annotated[int, {"examples": [2048]}]
    root: Root
    path: Path


class ConsistencyShape(TypedDict):
    """That the log of a state begins with that of an earlier one. 日志只增不改的证明。"""

    first: Annotated[int, {"examples": [1024]}]
    first_root: Root
    size: Annotated[int, {"examples": [2048]}]
    root: Root
    path: Path


class LogShape(TypedDict):
    """The state of the log a certificate is bound to. 凭证所依据的日志状态。"""

    origin: Annotated[str, {"examples": ["credit.example/log"]}]
    size: Annotated[int, {"examples": [2048]}]
    root: Root


class EntryShape(TypedDict):
    """An event as the tree of the log holds it. 日志条目。"""

    at: Annotated[int, "Seconds since 1970. 自 1970 年起的秒数。", {"examples": [1781483400]}]
    digest: Annotated[str, {"examples": ["5f2c…"]}]
    kind: Annotated[str, coded("event", "published")]
    number: Annotated[int, {"examples": [1025]}]


class Statement(TypedDict):
    """What is certified: the answer of a check, and the log it comes from. 凭证内容。"""

    number: Annotated[str, "Number of the certificate. 凭证编号。", {"examples": ["20261127-6f3a9c0d21be"]}]
    issued_at: Moment
    issuer: Annotated[Bilingual, words(settings.SITE_NAME, settings.SITE_NAME_EN)]
    log: LogShape
    as_of: Date
    event: Annotated[int, "The last event it knows of. 截至的公示日志序号。", {"examples": [2048]}]
    results: list[CheckResult]
    events: Annotated[list[EntryShape], "The events that published what the results name. 结果所涉信息的公示事项。"]
    says: Annotated[Bilingual, "What it does not say. 凭证的含义。", words(SAYS["zh"], SAYS["en"])]
    verify: Annotated[Uri, "Where people can have it verified. 验证页面。"]


class ProofShape(TypedDict):
    """The proof of one of the events. 一条事项的证明。"""

    number: Annotated[int, {"examples": [1025]}]
    path: Path


class CertificateShape(TypedDict):
    """A check, signed and bound to the log. 核查凭证。"""

    statement: Statement
    signature: Annotated[
        str, "Ed25519 over the UTF-8 text of `statement` with sorted keys and no spaces, in base64. 对 statement 规范文本的签名。"
    ]
    key: Key
    checkpoint: Annotated[str, "The state of the log as a signed note. 日志状态的签名文本。"]
    proofs: list[ProofShape]


class LogCheckpoint(PublicView):
    operation, title, title_zh, tag = "getCheckpoint", "State of the log, signed", "日志检查点", "log"
    text = (
        "Keep it: whoever has it can be shown that no event up to then was altered or removed since. "
        "请留存：持有检查点即可验证此前的事项未被改动或删除。"
    )
    shape = CheckpointShape

    def answer(self) -> CheckpointShape:
        tree = sealed_tree()
        root, key = encoded(tree.root()), log_key()
        return {"origin": key.name, "size": tree.size, "root": root, "note": checkpoint(tree), "key": key.verifier.line}


class LogProof(PublicView):
    """A proof about the first events of the log."""

    tag = "log"
    parameters = (SIZE,)
    statuses = (404,)

    def tree(self) -> tuple[LogTree, int]:
        """The tree asked for and the number in the address, which must be in it."""
        sealed, number = sealed_tree(), int(self.kwargs["number"])
        tree = LogTree(min(int(self.asked.get("size", sealed.size)), sealed.size))
        if number > tree.size:
            raise Problem(Kind.NOT_FOUND, f"This tree has {tree.size} events.", f"该树只有 {tree.size} 条。")
        return tree, number

    def proof(self, tree: LogTree, path: list[bytes]) -> dict[str, Any]:
        return {"size": tree.size, "root": encoded(tree.root()), "path": [encoded(node) for node in path]}


class LogInclusion(LogProof):
    operation, title, title_zh = "proveInclusion", "Proof that an event is in the log", "事项包含证明"
    text = "A proof of inclusion (RFC 6962, section 2.1.1). 按 RFC 6962 第 2.1.1 节。"
    shape = InclusionShape
    path_parameters = (NUMBER,)

    def answer(self) -> InclusionShape:
        tree, number = self.tree()
        record = Record.objects.public().filter(id=number).first()
        return {
            "number": number,
            "entry": tree.entry(Event.objects.get(number=number)).decode(),
            "opened": record and record.opened(),
            **self.proof(tree, tree.inclusion(number)),
        }


class LogConsistency(LogProof):
    operation, title, title_zh = "proveConsistency", "Proof that the log only grew", "日志一致性证明"
    text = "A proof of consistency between two states (RFC 6962, section 2.1.2). 按 RFC 6962 第 2.1.2 节。"
    shape = ConsistencyShape
    path_parameters = (FIRST,)

    def answer(self) -> ConsistencyShape:
        tree, first = self.tree()
        return {"first": first, "first_root": encoded(LogTree(first).root()), **self.proof(tree, tree.consistency(first))}


class Certificate(Check):
    operation, title, title_zh, tag = "certify", "Certificate of a check", "核查凭证", "log"
    text = (
        "The same check as `check/`, signed, with proofs that what it names is in the log; also when nothing is found. Anybody can "
        "verify it without this site. Nothing sent is stored. "
        "与 check/ 相同的核查，附签名和日志证明，查无记录亦可出具；可离线验证，提交内容不留存。"
    )
    shape = CertificateShape
    statuses = (413, 415)

    def told(self, results, event: int) -> CertificateShape:
        """The certificate of the check; 503 while the tree of the log follows a large batch."""
        try:
            return certificate(results, event, Addresses(self.request))
        except Behind:
            raise Problem(
                Kind.UNAVAILABLE, "The log is being sealed.", "日志正在封存，请稍后重试。", retry_after=RETRY_SECONDS
            ) from None
