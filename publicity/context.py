"""What every page knows: whose site it is, the language, the same page in the other language, how to display it."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.urls import translate_url
from django.utils.translation import get_language

HTML_LANG = {"zh-hans": "zh-Hans", "en": "en"}
# Cookie name -> the value that switches it on; both become classes of the html element.
DISPLAY = {"size": "large", "contrast": "high"}


def display_classes(request) -> list[str]:
    """The display preferences of this reader, such as ``["size-large"]``; anything unknown in the cookies is ignored."""
    return [f"{name}-{value}" for name, value in DISPLAY.items() if request.COOKIES.get(name) == value]


def origin(request) -> str:
    """``https://host`` as the reader sees it; empty for a host that is not ours, whose error page must not fail too."""
    try:
        return f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return ""


def site(request) -> dict:
    language = get_language() or settings.LANGUAGE_CODE
    english = language.startswith("en")
    path = request.get_full_path()
    return {
        "site_name": settings.SITE_NAME_EN if english else settings.SITE_NAME,
        "site_operator": settings.SITE_OPERATOR_EN if english else settings.SITE_OPERATOR,
        "site_contact": settings.SITE_CONTACT,
        "html_lang": HTML_LANG.get(language, language),
        "english": english,
        "origin": origin(request),
        "canonical": origin(request) + request.path,
        "alternates": [
            {
                "lang": HTML_LANG[code],
                "label": label,
                "url": path if code == language else translate_url(path, code),
                "current": code == language,
            }
            for code, label in settings.LANGUAGES
        ],
        "display": display_classes(request),
        "here": request.resolver_match.url_name if request.resolver_match else "",
    }
