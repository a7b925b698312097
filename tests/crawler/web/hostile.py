"""Articles that try what a page of the web may try: markup, scripts and addresses in every field."""

from __future__ import annotations

from pipelines.items import Article, Image, Label, Link, Segment

# What would run, load or break out, were it printed as it is. `ran()` is what a browser test looks for.
ATTEMPTS = (
    "<script>window.ran=1;alert(1)</script>",
    '"><script>window.ran=1;alert(1)</script>',
    '\'><img src=x onerror="window.ran=1;alert(1)">',
    "<svg/onload=alert(1)>",
    "<svg><script href=data:,alert(1) />",
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "<img src=http://127.0.0.1:9/pixel.png>",
    "<style>@import url(http://127.0.0.1:9/x.css)</style>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "<base href=http://127.0.0.1:9/>",
    "<form action=http://127.0.0.1:9/><button autofocus>x</button></form>",
    "</title><script>alert(1)</script>",
    "</textarea></style></iframe><script>alert(1)</script>",
    "<!--<script>alert(1)//-->",
    "{{ 7*7 }}{% raw %}{{ config }}{% endraw %}",
    "]]><script>alert(1)</script>",
    "<a href=javascript:alert(1) autofocus onfocus=alert(1)>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '=HYPERLINK("http://127.0.0.1:9/")',
    "\x1b]0;title\x07\x1b[31mred",
    "\u202egnp.exe\u202c\x00\x08\ufffe\ud800",
)
ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//http://news.example/",
    "\x01javascript:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//127.0.0.1:9/x",
    "http://[::1",
    "http:///x",
    'http://news.example/"><script>alert(1)</script>',
    "http://news.example/' onmouseover='alert(1)",
    "https://news.example/a b\tc",
)


def hostile(number: int) -> Article:
    """An article whose every text is one attempt, and whose every address is another."""
    said = ATTEMPTS[number % len(ATTEMPTS)]
    url = ADDRESSES[number % len(ADDRESSES)]
    return Article(
        id=f"bad-{number}",
        url=url,
        canonical_url=url,
        site=f"{said} site",
        title=f"{said} title",
        published=f"2026-06-{1 + number % 28:02}T08:00+08:00",
        published_raw=said,
        authors=[said],
        editors=[said],
        source=f"{said} source",
        source_url=url,
        language='zh" onclick="alert(1)' if number % 2 else said,
        breadcrumbs=[said],
        section=said,
        text=f"{said}\n{said} 发展",
        html=said,
        markdown=said,
        images=[Image(url, said, said)],
        tags=[said, f"{said} tag"],
        related=[Link(said, url, said)],
        latest=[Link(said, url)],
        prev_next=[Link(said, url, rel="next")],
        copyright=[said],
        page_urls=[url],
        encoding=said,
        method=said,
        warnings=[said],
        evidence={"title": said, "published": said, said: said},
        segments=[Segment(label, said, said, said) for label in Label],
    )


def corpus() -> list[Article]:
    """One for each attempt and each address."""
    return [hostile(number) for number in range(max(len(ATTEMPTS), len(ADDRESSES)))]
