"""Tags that a page declares in its head: Western newspapers print few and declare them all."""

from __future__ import annotations

from pipelines.extraction.dom import Document, collapse
from pipelines.extraction.metadata import jsonld

# In the order of trust. On 42 labelled newspapers each of them, where it stands, agrees with the paper's own tags in
# nine of ten; Chinese portals fill them with names of the site and are not asked.
_META = ("keywords", "news_keywords", "article:tag")
LONGEST = 60  # characters: a longer one is a sentence
MOST = 30  # a page with more keywords fishes for search engines
FEW = 3  # so many keywords, of which the article has not one word, are the site's own
# What a site calls itself, and no article: the keywords beside such a word are mostly the site's.
GENERIC = frozenset(
    "news новости nachrichten noticias actualités nouvelles notizie nieuws ニュース 新聞 haberler berita".split()
)
STEM = 4  # letters by which an inflected word is known again at least


def declared_tags(doc: Document, said: str = "") -> list[str]:
    """The keywords of the meta elements, else those of the page's JSON-LD article; no doubles, order kept.

    `said`: headline and text of the article, if known. Keywords of which not one occurs in it are those that a site
    gives to all its pages.
    """
    said = said.casefold()
    found: dict[str, list[str]] = {}
    for el in doc.metas:
        key = (el.get("property") or el.get("name") or "").strip().lower()
        content = collapse(el.get("content") or "")
        if key in _META and content:
            found.setdefault(key, []).extend(jsonld.keywords({"keywords": content}))
    candidates = [found.get(key, []) for key in _META] + [jsonld.keywords(jsonld.find_article(doc))]
    for names in candidates:
        tags = list(dict.fromkeys(n.lstrip("#") for n in names if n and len(n) <= LONGEST))
        if 0 < len(tags) <= MOST and (not said or _are_its_own(tags, said)):
            return tags
    return []


def _are_its_own(tags: list[str], said: str) -> bool:
    """Whether keywords are the article's; a site's may name its town, which an article does as well."""
    if len(tags) < FEW:
        return True
    hits = sum(_occurs(t, said) for t in tags)
    return hits > 0 and (2 * hits >= len(tags) or not any(t.casefold() in GENERIC for t in tags))


def _occurs(tag: str, said: str) -> bool:
    """Whether one of the words of a tag stands in the article, in whatever form."""
    words = [w.strip("()[]\"'") for w in tag.casefold().split()]
    return any(w[: max(STEM, len(w) - 2)] in said for w in words if len(w) >= STEM or len(words) == 1)
