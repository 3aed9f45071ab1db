"""The bulk catalogue as rdflib reads it from its address: DCAT, complete, every download there with the digest it names."""

import gzip
import hashlib
import sys
import urllib.request

from rdflib import DCAT, DCTERMS, RDF, Graph, Namespace, URIRef

SPDX = Namespace("http://spdx.org/rdf/terms#")
site = sys.argv[1]
with urllib.request.urlopen(f"{site}/bulk/catalog.jsonld") as answer:
    graph = Graph().parse(data=answer.read(), format="json-ld", base=f"{site}/bulk/catalog.jsonld")
catalogue = URIRef(f"{site}/bulk/")
assert (catalogue, RDF.type, DCAT.Catalog) in graph
datasets = set(graph.objects(catalogue, DCAT.dataset))
assert len(datasets) > 100, len(datasets)
for dataset in datasets:
    for wanted in (DCTERMS.title, DCTERMS.publisher, DCTERMS.license, DCTERMS.accrualPeriodicity, DCAT.distribution):
        assert list(graph.objects(dataset, wanted)), (dataset, wanted)
read = 0
for distribution, address in graph.subject_objects(DCAT.downloadURL):
    checksum = graph.value(graph.value(distribution, SPDX.checksum), SPDX.checksumValue)
    if int(graph.value(distribution, DCAT.byteSize)) < 200:
        continue
    with urllib.request.urlopen(str(address)) as answer:
        content = answer.read()
    assert hashlib.sha256(content).hexdigest() == str(checksum).lower(), address
    read += len(gzip.decompress(content).splitlines())
assert read > 1000, read
print(f"{len(datasets)} datasets, {len(graph)} statements, {read} lines")
