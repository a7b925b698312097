"""The article that stands only in a script: page state as JSON or JavaScript, JSON-LD's articleBody.

No JavaScript runs here. Every inline script is read for long string literals (one pass, linear in its size); a literal
that, its escapes resolved, is HTML paragraphs or prose may be the body; one that is JSON itself is read again. The
short values beside the winner in its object give title, date, source, author and tags.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipelines.extraction.dom import Document
from pipelines.extraction.metadata import jsonld

# One pass over a script: short literals and code are skipped inside the expression, long literals are captured. A match
# never ends inside a literal, and every alternative consumes something, so that the pass is linear.
_LONG = 160
_UNIT = r"(?:[^{q}\\\n]|\\.)"
_SKIPPED = "|".join(rf"{q}{_UNIT.format(q=q)}{{0,{_LONG}}}+{q}" for q in ('"', "'", "`"))
_CAPTURED = "|".join(rf"{q}{_UNIT.format(q=q)}{{{_LONG + 1},}}+{q}" for q in ('"', "'", "`"))
_SCAN = re.compile(rf"(?:[^\"'`\\]++|(?:\\.)++|{_SKIPPED}){{0,1000}}+(?:({_CAPTURED})|[\"'`\\]|)", re.S)
_LITERAL = "|".join(rf"{q}{_UNIT.format(q=q)}*+{q}" for q in ('"', "'", "`"))
_TOKEN = re.compile(
    rf"([{{\[])|([}}\]])|[\"']?([A-Za-z_$][\w$-]{{0,40}})[\"']?\s{{0,9}}:\s{{0,9}}({_LITERAL}|\d+)?|({_LITERAL})|\\.",
    re.S,
)
_KEY_BEFORE = re.compile(r"([A-Za-z_$][\w$-]{0,40})[\"']?\s{0,9}[:=]\s{0,9}$")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|(.))", re.S)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": "", "v": " ", "0": "", "\n": ""}
# Markup that was escaped as a whole: quotes around it, or its own tags and attributes are entities.
_WHOLLY_ESCAPED = re.compile(r"\s*&(?:amp;)?quot;")
_ESCAPED_TAG = re.compile(
    r"&(?:amp;)?(?:lt|#60|#x3c);/?(?:p|div|br|span|img|section|h[1-6])\b|=&quot;|&#(?:x3d|61);&quot;", re.I
)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,2000}>")
_PARAGRAPH = re.compile(r"<(?:p|br|div|section|h[1-6]|li)\b", re.I)
_SENTENCE = re.compile(r"[。！？]|[a-zß-öø-ÿ)”\"'][.!?](?:\s+[A-ZÀ-Ý\d“\"']|$)")
_CODE = re.compile(r"[{};=\\$]|=>|\"\s?[:,]\s?[\"\[{\d]|\bvar\b|\bfunction\b")
_FLIGHT = re.compile(rf"\s*(?:self|window)\.__next_f\.push\(\[1,\s*({_LITERAL})\]\)", re.S)
_TEXT_ROW = re.compile(rb"\b([0-9a-f]{1,6}):T([0-9a-f]{1,6}),")
_DATA = re.compile(r"\"\s?[:,]\s?[\"\[{]")  # JSON: a value after a key, or after a value
_WORD = re.compile(r"[\W_]+")
_OWNER = re.compile(
    r"^(?:widget|post|doc|art|item|story|topic|note|news|feed)(?=content|title|body|html|author|source)"
)

# Keys that hold a body, and keys whose long texts are something else (both lower-case, without _ and -).
_BODY_KEYS = frozenset(("content", "articlebody", "body", "html", "articletext", "articlecontent", "contenthtml"))
_OTHER_KEYS = frozenset(
    ("description", "summary", "abstract", "digest", "comment", "reply", "bio", "css", "style", "template", "copyright")
)
_FIELDS = {
    "title": ("title", "headline", "articletitle", "subject"),
    "date": (
        *("publishtime", "publishedat", "datepublished", "pubdate", "pubtime", "publishdate", "publishedtime", "ptime"),
        *("publicationdate", "newstime", "displaytime", "time", "date", "createtime", "createdat", "ctime"),
    ),
    "source": ("source", "sourcename", "medianame", "media", "origin", "mediatitle"),
    "author": ("author", "authorname", "writer", "byline", "authors", "username", "nickname"),
    "editor": ("editor", "editors", "editorname", "responsibleeditor", "dutyeditor"),
}
_TAG_KEYS = frozenset(("tags", "keywords", "taglist"))
_NAMED = frozenset(("author", "authors", "source", "media"))  # objects whose `name` is the value
_WANTED = frozenset(k for keys in _FIELDS.values() for k in keys) | _TAG_KEYS | {"name"}

MIN_WIDTH = 240  # columns of text (a CJK character is two) from which a literal may be a body
MAX_SCRIPTS, MAX_ROWS = 400, 400
MAX_TOTAL = 12_000_000  # characters of script that are read in all
DATA_PAIRS = 8  # pairs of JSON from which a string is data, not a text that quotes some
MAX_TOKENS = 20_000  # of a script that are read for the siblings of one body
MAX_NESTED = 3  # JSON in a string in a string
NEAR = 20_000  # characters on either side of the body in which its siblings are looked for
PARENTS = 5  # objects around the body's own that are asked: a body may be a part in a list in a document in a state
UNNAMED = 1500  # score from which a text is a body though neither its key nor a title beside it says so
FLOOR = (
    300  # score below which nothing is a body: a summary or description must have 500 columns and the title beside it
)
TOP = 4  # candidates whose siblings are read
KEY_WORTH, OTHER_WORTH, PROSE_WORTH, TITLE_WORTH = 2.0, 0.3, 0.7, 2.0


@dataclass(frozen=True, slots=True)
class EmbeddedArticle:
    """A body found in a script as HTML (to be parsed like a page), and what stood beside it, as it stood there."""

    html: str = field(repr=False)
    title: str = ""
    date: str = ""
    source: str = ""
    author: str = ""
    editor: str = ""
    tags: tuple[str, ...] = ()
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a string stands: the script, its range there, a position before it outside all literals, its key."""

    script: str
    start: int
    end: int
    boundary: int
    key: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    markup: str
    score: float
    place: _Place


def embedded_body(doc: Document) -> EmbeddedArticle | None:
    """The longest body-like text of the page's scripts; None where none holds one. Never raises for hostile scripts."""
    found: list[_Candidate] = []
    flight: list[str] = []
    budget = MAX_TOTAL
    for n, el in enumerate(doc.root.iter("script")):
        script = el.text or ""
        kind = (el.get("type") or "").lower()
        if n >= MAX_SCRIPTS or len(script) > budget:
            break
        if len(script) <= _LONG or "ld+json" in kind:
            continue
        budget -= len(script)
        pushed = _FLIGHT.match(script)
        if pushed:
            flight.append(_unescape(pushed.group(1)[1:-1], whole=False))
        else:
            found.extend(_bodies(script, MAX_NESTED))
    if flight:
        found.extend(_flight_bodies("".join(flight)))
    found.sort(key=lambda c: -c.score)
    titles = [t for t in (_key(doc.head_title), _key(doc.meta.get("og:title", ""))) if t]
    best: tuple[float, EmbeddedArticle] | None = None
    for candidate in found[:TOP]:
        article = _with_siblings(candidate)
        own = _key(article.title)
        agrees = bool(own) and any(own in t or t in own for t in titles)
        if not agrees and _plain_key(candidate.place.key) not in _BODY_KEYS and candidate.score < UNNAMED:
            continue  # a cookie notice, an author's biography, another article's teaser
        score = candidate.score * (TITLE_WORTH if agrees else 1.0)
        if score < FLOOR:
            continue
        if best is None or score > best[0]:
            best = (score, article)
    structured = _from_jsonld(doc)
    if structured is not None and (best is None or structured[0] >= best[0]):
        return structured[1]
    return best[1] if best is not None else None


def _flight_bodies(stream: str) -> Iterator[_Candidate]:
    """Bodies of a React server stream, sent in pieces: its JSON, and its text rows ("1d:T630," and that many bytes)."""
    yield from _bodies(stream, MAX_NESTED)
    raw = stream.encode("utf-8", "replace")
    at = 0
    for _ in range(MAX_ROWS):
        row = _TEXT_ROW.search(raw, at)
        if row is None:
            return
        at = min(row.end() + int(row.group(2), 16), len(raw))
        value = raw[row.end() : at].decode("utf-8", "replace")
        reference = stream.find(f'"${row.group(1).decode("ascii")}"')
        before = _KEY_BEFORE.search(stream, max(0, reference - 64), max(0, reference))
        start = max(0, reference)
        place = _Place(stream, start, start + 1, max(0, start - NEAR), before.group(1) if before else "")
        yield from _read(value, place, MAX_NESTED)


def _bodies(script: str, nested: int) -> Iterator[_Candidate]:
    boundary, boundaries = 0, [0]
    for found in _SCAN.finditer(script):
        if found.group(1) is None:
            boundary = found.end()
            if boundary - boundaries[-1] > NEAR // 4:
                boundaries.append(boundary)
            continue
        start, end = found.span(1)
        if start - boundaries[-1] > NEAR // 4:
            boundaries.append(start)
        value = _unescape(script[start + 1 : end - 1])
        before = _KEY_BEFORE.search(script, max(0, start - 64), start)
        safe = next((b for b in reversed(boundaries) if b <= max(0, start - NEAR)), 0)
        yield from _read(value, _Place(script, start, end, safe, before.group(1) if before else ""), nested)


def _read(value: str, place: _Place, nested: int) -> Iterator[_Candidate]:
    """A long string: data is searched in turn, a text is judged."""
    data = len(_DATA.findall(value))
    if (data and value.lstrip()[:1] in ("{", "[")) or data > max(DATA_PAIRS, len(value) / 400):
        if nested > 1:
            yield from _bodies(value, nested - 1)
        return
    judged = _judge(value, _plain_key(place.key))
    if judged is not None:
        yield _Candidate(judged[1], judged[0], place)


def _judge(value: str, key: str) -> tuple[float, str] | None:
    """Score and HTML of a string that is paragraphs or prose; None for code, data, addresses, short texts."""
    paragraphs = len(_PARAGRAPH.findall(value))
    plain = _TAG.sub(" ", value) if "<" in value else value
    width = len(plain) + sum(1 for c in plain if c >= "\u2e80")
    if width < MIN_WIDTH:
        return None
    sentences = len(_SENTENCE.findall(plain))
    if sentences < 2 or sentences < width / (1500 if paragraphs else 600):
        return None
    if len(_CODE.findall(plain)) > max(4, width / 60):
        return None
    if paragraphs:
        worth, markup = 1.0, value
    else:
        worth = PROSE_WORTH
        markup = "".join(f"<p>{html.escape(line)}</p>" for line in plain.split("\n") if line.strip())
    worth *= KEY_WORTH if key in _BODY_KEYS else OTHER_WORTH if key in _OTHER_KEYS else 1.0
    return width * worth, markup


def _unescape(value: str, *, whole: bool = True) -> str:
    """A literal's value: JavaScript escapes; if `whole`, also entities of escaped markup and quotes around it."""
    if "\\" in value:
        value = _ESCAPE.sub(_escaped, value)
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not whole:
        return value
    for _ in range(2):
        head = value[:4000]
        if not _WHOLLY_ESCAPED.match(head) and _ESCAPED_TAG.search(head) is None:
            break
        value = html.unescape(value)
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    if "\\" in value[:400] and ('\\"' in value or "\\n" in value or "\\u00" in value):
        value = _ESCAPE.sub(_escaped, value)
    return value


def _escaped(found: re.Match[str]) -> str:
    code = found.group(1) or found.group(2) or found.group(3)
    if code:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    char = found.group(4)
    return _SIMPLE.get(char, char)


class _Object:
    """The short values of one object: its own, and those of the objects inside it; the key it stands under."""

    __slots__ = ("inner", "label", "own", "tags")

    def __init__(self, label: str = "") -> None:
        self.label = label
        self.own: dict[str, str] = {}
        self.inner: dict[str, str] = {}
        self.tags: list[str] = []


def _with_siblings(candidate: _Candidate) -> EmbeddedArticle:
    """Read the objects around the body: its own object first, objects inside it next, then the ones that hold it."""
    place = candidate.place
    script, stop = place.script, place.end + NEAR
    stack: list[_Object] = [_Object()]
    home: list[_Object] = []
    pending = ""
    collecting = -1  # depth of the list of tags that is being read
    at = place.boundary
    for _ in range(MAX_TOKENS):
        found = _TOKEN.search(script, at, stop)
        if found is None:
            break
        at = found.end()
        opened, closed, key, value, bare = found.groups()
        if not home and found.start() <= place.start < found.end():
            home = list(stack)
        if opened:
            stack.append(_Object(pending))
            if pending in _TAG_KEYS and collecting < 0:
                collecting = len(stack)
        elif closed and len(stack) > 1:
            done = stack.pop()
            if len(stack) < collecting:
                collecting = -1
            if done.label in _NAMED and "name" in done.own:
                stack[-1].own.setdefault(done.label, done.own["name"])
            for name, text in {**done.inner, **done.own}.items():
                stack[-1].inner.setdefault(name, text)
            stack[-1].tags.extend(done.tags)
            if home and done is home[0]:
                break
        elif closed:
            if home:
                break
            stack = [_Object()]
        elif key is not None and value is not None:
            name = _plain_key(key)
            if collecting >= 0 and name in ("name", "title", "tag"):
                stack[-1].tags.append(_short(value))
            elif name in _WANTED:
                stack[-1].own.setdefault(name, _short(value))
        elif bare and collecting >= 0:
            stack[-1].tags.append(_short(bare))
        pending = _plain_key(key) if key is not None and value is None else ""
    return _assemble(candidate, home or stack)


def _assemble(candidate: _Candidate, chain: list[_Object]) -> EmbeddedArticle:
    near = chain[-1]
    parents = chain[-1 - PARENTS : -1][::-1]
    values: dict[str, str] = {}
    for name, keys in _FIELDS.items():
        around = [p.own for p in parents]
        for table in [near.own, *around, near.inner] if name == "title" else [near.own, near.inner, *around]:
            got = next((table[k] for k in keys if table.get(k) and (name == "date" or _says(table[k]))), "")
            if got:
                values[name] = got
                break
    tags = near.tags or [t for k in _TAG_KEYS if k in near.own for t in re.split(r"[,，;；、|]\s*", near.own[k])]
    return EmbeddedArticle(
        html=candidate.markup,
        title=values.get("title", ""),
        date=_date(values.get("date", "")),
        source=values.get("source", ""),
        author=values.get("author", ""),
        editor=values.get("editor", ""),
        tags=tuple(dict.fromkeys(t for t in (t.strip() for t in tags) if t))[:40],
        evidence=f"script, key {candidate.place.key}" if candidate.place.key else "script",
    )


def _short(literal: str) -> str:
    """A short value as text; numbers other than dates are identifiers and say nothing."""
    if literal.isdigit() and len(literal) < 10:
        return ""
    value = literal if literal[:1].isdigit() else _unescape(literal[1:-1])
    return jsonld.plain(value) if len(value) <= 400 else ""


def _says(value: str) -> bool:
    """Not a number, path or address: those stand under the same keys, and name nobody."""
    return not value.isdigit() and not value.startswith(("/", "http:", "https:"))


def _date(value: str) -> str:
    """A date as it stood; seconds or milliseconds since 1970 become ISO 8601 in UTC."""
    if not re.fullmatch(r"\d{10}(?:\d{3})?", value):
        return "" if value.isdigit() and len(value) not in (8, 12, 14) else value
    seconds = int(value) // (1000 if len(value) == 13 else 1)
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _from_jsonld(doc: Document) -> tuple[float, EmbeddedArticle] | None:
    article = jsonld.find_article(doc)
    body = article.get("articleBody")
    if not isinstance(body, str):
        return None
    judged = _judge(_unescape(body), "articlebody")
    if judged is None:
        return None
    found = EmbeddedArticle(
        html=judged[1],
        title=jsonld.text(article, "headline"),
        date=jsonld.text(article, "datePublished"),
        source=jsonld.publisher_name(doc, article),
        author=", ".join(jsonld.author_names(doc, article)),
        tags=tuple(jsonld.keywords(article)),
        evidence="json-ld",
    )
    return judged[0], found


def _plain_key(key: str) -> str:
    """A key in lower case without signs, and without the name of what it is of: widgetTitle, post_content."""
    return _OWNER.sub("", key.replace("_", "").replace("-", "").lower())


def _key(text: str) -> str:
    return _WORD.sub("", text.lower())
