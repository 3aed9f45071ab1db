"""Reconciliation: matching the names of a table with companies, as OpenRefine and others do, at ``/reconcile/``.

Speaks version 0.2 of the Reconciliation Service API (W3C Entity Reconciliation Community Group, final report of 2023-04-10,
https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/). ``reading`` takes requests apart,
``matching`` finds and scores companies and knows nothing of the wire, ``vocabulary`` holds the types and properties.
JSONP, which the specification leaves open, is not offered: it hands a client's page to foreign script.
"""
