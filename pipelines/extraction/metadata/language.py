"""The language of an article: its script decides first, then what the page declares, checked against function words.

Templates declare a language that their pages do not keep ("en" is the default of many), so a declaration counts only
where the script allows it and the words do not speak clearly for another.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections import Counter
from importlib.resources import files

from pipelines.extraction.body.container import count_in
from pipelines.extraction.dom import Document

SAMPLE = 3000  # characters that are judged
HEAD, WORDS = 600, 1500  # of them, by which Chinese is told, and languages of Latin script
MIN_LETTERS = 20  # fewer letters say nothing: the declaration stands alone
KANA_SHARE = 0.05  # Japanese news text holds 40-60 % kana, Chinese text none but a brand name
MIN_WORDS = 6  # function words of one language below which the words say nothing
MIN_SHARE = 0.12  # of all words; running text holds 0.2-0.4 of its own language's, 0.1 of a neighbour's short ones
CLEAR = 1.6  # how much more often the words of the winner must stand there than those of the declared language

# Runs of letters: their lengths are added up.
_SCRIPTS = {
    "kana": re.compile(r"[\u3040-\u30ff]+"),
    "han": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"),
    "hangul": re.compile(r"[\uac00-\ud7af]+"),
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+"),
    "cyrillic": re.compile(r"[\u0400-\u052f]+"),
    "arabic": re.compile(r"[\u0600-\u06ff]+"),
    "greek": re.compile(r"[\u0370-\u03ff]+"),
    "hebrew": re.compile(r"[\u0590-\u05ff]+"),
    "thai": re.compile(r"[\u0e00-\u0e7f]+"),
    "devanagari": re.compile(r"[\u0900-\u097f]+"),
    "bengali": re.compile(r"[\u0980-\u09ff]+"),
    "tamil": re.compile(r"[\u0b80-\u0bff]+"),
    "telugu": re.compile(r"[\u0c00-\u0c7f]+"),
    "georgian": re.compile(r"[\u10a0-\u10ff]+"),
    "armenian": re.compile(r"[\u0530-\u058f]+"),
    "khmer": re.compile(r"[\u1780-\u17ff]+"),
    "burmese": re.compile(r"[\u1000-\u109f]+"),
    "tibetan": re.compile(r"[\u0f00-\u0fff]+"),
    "ethiopic": re.compile(r"[\u1200-\u137f]+"),
}
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
# Languages of each script; the first is taken where neither letters nor a declaration tell.
_LANGUAGES = {
    "cyrillic": ("ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt"),
    "arabic": ("ar", "fa", "ur", "ug", "ps", "ckb"),
    "greek": ("el",),
    "hebrew": ("he", "yi"),
    "thai": ("th",),
    "devanagari": ("hi", "mr", "ne"),
    "bengali": ("bn", "as"),
    "tamil": ("ta",),
    "telugu": ("te",),
    "georgian": ("ka",),
    "armenian": ("hy",),
    "khmer": ("km",),
    "burmese": ("my",),
    "tibetan": ("bo",),
    "ethiopic": ("am", "ti"),
}
# Letters that only one language of a script uses, most telling first.
_LETTERS = (
    ("cyrillic", "be", re.compile("[ўЎ]")),
    ("cyrillic", "uk", re.compile("[їєґЇЄҐ]")),
    ("cyrillic", "sr", re.compile("[ђћЂЋ]")),
    ("cyrillic", "mk", re.compile("[ѓќѕЃЌЅ]")),
    ("cyrillic", "tg", re.compile("[ӣӯҷ]")),
    ("cyrillic", "kk", re.compile("[әғқұһ]")),
    ("cyrillic", "ky", re.compile("[ңүө]")),
    ("arabic", "ur", re.compile("[ٹڈڑںے]")),
    ("arabic", "ug", re.compile("[ۆۇۈې]")),
    ("arabic", "fa", re.compile("[پچژگی]")),
)
LETTER_SHARE = 0.004  # of the letters of the text: names in another language bring a stray one
# Country codes and old codes that stand where a language should.
_ALIASES = {"cn": "zh", "tw": "zh", "hk": "zh", "jp": "ja", "kr": "ko", "iw": "he", "in": "id", "gr": "el", "cz": "cs"}
_SAME = {"nb": "no", "nn": "no", "bs": "hr"}
_TAG = re.compile(r"^\s*(?!utf)([A-Za-z]{2,3})(?![A-Za-z])", re.I)
_WORD = re.compile(r"[^\W\d_]+")


def detect_language(doc: Document, text: str) -> str | None:
    """BCP 47 primary tag ("zh", "en") of the article `text`; None where neither text nor page tell it."""
    sample = text[:SAMPLE]
    script = _script(sample)
    known = declared(doc)
    if script is None:
        return known
    if script in ("zh", "ja", "ko"):
        return script
    if script == "latin":
        return _by_words(sample, known)
    return _by_letters(sample, script, known)


def declared(doc: Document) -> str | None:
    """The language that the page declares: html lang, content-language, og:locale, else JSON-LD's inLanguage."""
    values: list[object] = [doc.language]
    values += [doc.meta.get(k) for k in ("content-language", "og:locale", "language", "dc.language", "inlanguage")]
    values += [item.get("inLanguage") for item in doc.jsonld[:40]]
    for value in values:
        found = _TAG.match(value) if isinstance(value, str) else None
        if found:
            tag = found.group(1).lower()
            return _ALIASES.get(tag, tag)
    return None


def _script(sample: str) -> str | None:
    if not _KANA_HANGUL.search(sample):
        head = sample[:HEAD]
        han = count_in(_SCRIPTS["han"], head)
        if han >= MIN_LETTERS and 2 * han > len(head):
            return "zh"  # whatever the rest is
    letters = "".join(set(sample))
    counts = {name: count_in(p, sample) if p.search(letters) else 0 for name, p in _SCRIPTS.items()}
    if sum(counts.values()) < MIN_LETTERS:
        return None
    # A Chinese character is worth a word: three Latin letters weigh as one of them.
    weights = {name: n if name in ("han", "kana", "hangul") else n / 3 for name, n in counts.items()}
    cjk = weights["han"] + weights["kana"] + weights["hangul"]
    top = max(weights, key=lambda name: weights[name])
    if top not in ("han", "kana", "hangul"):
        return top
    if weights["hangul"] > 0.3 * cjk:
        return "ko"
    return "ja" if weights["kana"] > KANA_SHARE * cjk else "zh"


def _by_letters(sample: str, script: str, known: str | None) -> str:
    languages = _LANGUAGES[script]
    total = count_in(_SCRIPTS[script], sample)
    for of_script, language, pattern in _LETTERS:
        if of_script == script and len(pattern.findall(sample)) > LETTER_SHARE * total:
            # Kazakh and Kyrgyz, Persian and its neighbours share letters: a declaration among them decides.
            return known if known in languages[1:] else language
    return known if known in languages else languages[0]


@functools.cache
def _words() -> dict[str, tuple[str, ...]]:
    data = tomllib.loads(files(__package__).joinpath("language.toml").read_text("utf-8"))
    return {language: tuple(words) for language, words in data["words"].items()}


def _by_words(sample: str, known: str | None) -> str | None:
    seen = Counter(_WORD.findall(sample[:WORDS].lower()))
    scores = {language: sum(seen.get(w, 0) for w in words) for language, words in _words().items()}
    best = max(scores, key=lambda language: scores[language])
    if scores[best] < max(MIN_WORDS, MIN_SHARE * seen.total()):
        return known
    if known is None:
        return best
    mine = scores.get(_SAME.get(known, known))
    if mine is None and known not in ("zh", "ja", "ko") and known not in {x for v in _LANGUAGES.values() for x in v}:
        return known  # a Latin-script language without a word list: nothing speaks against it but its neighbours
    return best if scores[best] > CLEAR * (mine or 0) else known
