"""What describes an export to programs: a Data Package (Frictionless), a DCAT catalogue (W3C), and a list of checksums."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from publicity.bulk.manifest import File, Manifest, Part
from publicity.bulk.rows import COMPANIES, FTM, Column, Table
from records.catalog import catalog
from records.dataset import Dataset

TERMS = "使用时注明来源和数据日期，不得歪曲原意；停止公示后应同步停止公开"
TERMS_EN = "Name the source and the date of the data, do not distort it; stop showing what is no longer public"
MEDIA_TYPES = {"csv": "text/csv", "ndjson": "application/x-ndjson", "ftm": "application/x-ndjson"}
_FTM_TEXT = "企业、严重失信名单和行政处罚，FollowTheMoney 格式。", "Companies, serious lists and penalties as FollowTheMoney entities."
_IANA = "https://www.iana.org/assignments/media-types/"
_EU = "http://publications.europa.eu/resource/authority/"
_FREQUENCIES = {
    "daily": "DAILY", "weekly": "WEEKLY", "monthly": "MONTHLY", "quarterly": "QUARTERLY", "yearly": "ANNUAL",
    "irregular": "IRREG",
}  # fmt: skip
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def write(directory: Path, manifest: Manifest, tables: list[Table]) -> None:
    """Write the descriptions beside the files they describe, and name them in the manifest."""
    for name, told in (("datapackage.json", data_package(manifest, tables)), ("catalog.jsonld", dcat(manifest))):
        text = json.dumps(told, ensure_ascii=False) + "\n"
        manifest.files.append(_describe(directory / name, text))
    sums = "".join(f"{file.sha256}  {file.path}\n" for file in manifest.all_files())
    manifest.files.append(_describe(directory / "SHA256SUMS", sums))


def _describe(path: Path, text: str) -> File:
    content = text.encode()
    path.write_bytes(content)
    form = path.suffix.removeprefix(".") or "text"
    return File(path.name, "description", form, text.count("\n"), len(content), hashlib.sha256(content).hexdigest())


def _declared(part: Part) -> Dataset:
    return catalog().datasets[part.datasets[0]]


def data_package(manifest: Manifest, tables: list[Table]) -> dict[str, Any]:
    """The CSV of every part with its Table Schema; Data Package 1."""
    return {
        "profile": "data-package",
        "name": "enterprise-credit-publicity",
        "title": settings.SITE_NAME,
        "title_en": settings.SITE_NAME_EN,
        "version": f"{manifest.day}.{manifest.head}",
        "created": manifest.exported_at,
        "licenses": [{"name": "other-at", "title": TERMS, "title_en": TERMS_EN}],
        "contributors": [{"title": settings.SITE_OPERATOR, "role": "publisher"}],
        "resources": [_resource(manifest.parts[table.name], table) for table in tables],
    }


def _resource(part: Part, table: Table) -> dict[str, Any]:
    dataset = _declared(part)
    file = next(file for file in part.files if file.format == "csv")
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": file.path,
        "title": table.title,
        "title_en": table.title_en,
        "description": dataset.summary,
        "description_en": dataset.summary_en,
        "category": str(dataset.category),
        "polarity": str(dataset.polarity),
        "legal_basis": dataset.legal_basis,
        "legal_basis_en": dataset.legal_basis_en,
        "objection": dataset.agency.objection,
        "objection_en": dataset.agency.objection_en,
        "sources": [{"title": dataset.agency.title, "title_en": dataset.agency.title_en}],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "compression": "gz",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "primaryKey": [table.key],
            "missingValues": [""],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {"name": column.name, "type": column.type, "title": column.title, "title_en": column.title_en}
    if column.note:
        told["unit"] = column.note
    constraints = {"required": True} if column.required else {}
    if column.enum:
        constraints["enum"] = list(column.enum)
    return told | {"constraints": constraints} if constraints else told


def _both(chinese: str, english: str) -> list[dict[str, str]]:
    return [{"@value": chinese, "@language": "zh"}, {"@value": english, "@language": "en"}]


def dcat(manifest: Manifest) -> dict[str, Any]:
    """The catalogue in JSON-LD. Addresses are relative to its own, so it is right on whatever host it is read from."""
    return {
        "@context": _CONTEXT,
        "@id": "./",
        "@type": "dcat:Catalog",
        "dct:title": _both(settings.SITE_NAME, settings.SITE_NAME_EN),
        "dct:description": _both("依法公开的企业信用信息全量和增量数据。", "All published enterprise credit information, with deltas."),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _both(settings.SITE_OPERATOR, settings.SITE_OPERATOR_EN)},
        "dct:modified": {"@value": manifest.exported_at, "@type": "xsd:dateTime"},
        "dct:license": {"@id": "../help/terms/"},
        "foaf:homepage": {"@id": "../"},
        "dcat:dataset": [_dataset(name, part, manifest) for name, part in manifest.parts.items()],
    }


def _dataset(name: str, part: Part, manifest: Manifest) -> dict[str, Any]:
    dataset = _declared(part)
    agency = dataset.agency
    page = f"../datasets/{dataset.slug}/"
    summary = _FTM_TEXT if name == FTM else (dataset.summary, dataset.summary_en)
    return {
        "@id": f"#{name}" if name in (COMPANIES, FTM) else page,
        "@type": "dcat:Dataset",
        "dct:identifier": name,
        "dct:title": _both(part.title, part.title_en),
        "dct:description": _both(*summary),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": _both(agency.title, agency.title_en)},
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": _both(dataset.legal_basis, dataset.legal_basis_en)},
        "dct:accrualPeriodicity": {"@id": f"{_EU}frequency/{_FREQUENCIES[dataset.frequency]}"},
        "dct:accessRights": {"@id": f"{_EU}access-right/PUBLIC"},
        "dct:license": {"@id": "../help/terms/"},
        "dct:modified": {"@value": manifest.day, "@type": "xsd:date"},
        "dcat:landingPage": {"@id": page},
        "dcat:distribution": [_distribution(file) for file in part.files if file.kind == "full"],
    }


def _distribution(file: File) -> dict[str, Any]:
    return {
        "@id": f"{file.path}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": file.path.rpartition("/")[2],
        "dcat:accessURL": {"@id": "./"},
        "dcat:downloadURL": {"@id": file.path},
        "dcat:mediaType": {"@id": _IANA + MEDIA_TYPES[file.format]},
        "dcat:compressFormat": {"@id": f"{_IANA}application/gzip"},
        "dcat:byteSize": {"@value": str(file.bytes), "@type": "xsd:nonNegativeInteger"},
        "dct:license": {"@id": "../help/terms/"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": file.sha256, "@type": "xsd:hexBinary"},
        },
    }
