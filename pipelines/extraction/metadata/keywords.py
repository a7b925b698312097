"""Tags that a page declares in its head: Western newspapers print few and declare them all."""

from __future__ import annotations

from pipelines.extraction.dom import Document, collapse
from pipelines.extraction.metadata import jsonld

# In the order of trust. On 42 labelled newspapers each of them, where it stands, agrees with the paper's own tags in
# nine of ten; Chinese portals fill them with names of the site and are not asked.
_META = ("keywords", "news_keywords", "article:tag")
LONGEST = 60  # characters: a longer one is a sentence
MOST = 30  # a page with more keywords fishes for search engines


def declared_tags(doc: Document) -> list[str]:
    """The keywords of the meta elements, else those of the page's JSON-LD article; no doubles, order kept."""
    found: dict[str, list[str]] = {}
    for el in doc.root.iter("meta"):
        key = (el.get("property") or el.get("name") or "").strip().lower()
        content = collapse(el.get("content") or "")
        if key in _META and content:
            found.setdefault(key, []).extend(jsonld.keywords({"keywords": content}))
    candidates = [found.get(key, []) for key in _META] + [jsonld.keywords(jsonld.find_article(doc))]
    for names in candidates:
        tags = list(dict.fromkeys(n.lstrip("#") for n in names if n and len(n) <= LONGEST))
        if 0 < len(tags) <= MOST:
            return tags
    return []
