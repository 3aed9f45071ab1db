"""The public API, version 1: read-only, no key, the same content as the pages.

``base.PublicView`` holds the habits of every address (checked parameters, ETag, cache and rate headers, problem details);
a module per resource holds its shapes, what it is rendered from, and its views. The OpenAPI document is made from the views.
"""
