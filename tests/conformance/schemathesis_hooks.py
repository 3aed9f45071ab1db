"""What the OpenAPI document can only say in words: a search can be sorted, a list that is not searched cannot."""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    query = case.query
    if query and "sort" in query and "q" not in query:
        case.query = {**query, "q": "贸易"}
