from pipelines.dedup.pipeline import DedupPipeline
from pipelines.dedup.sketch import BESIDE, fingerprint, sketch_of
from pipelines.items import Article, Beside, Outcome

TEXT = "".join(chr(0x4E00 + n * 7) for n in range(300))


def through(article: Article, beside: Beside | None) -> str | None:
    outcome = DedupPipeline().process_item(Outcome(article.url, article=article, beside=beside))
    return outcome.article.fingerprint  # type: ignore[no-any-return]


def test_the_fingerprint_that_came_along_is_taken() -> None:
    article = Article("1", text=TEXT)
    assert sketch_of(article) == fingerprint(TEXT)
    assert through(article, Beside("", TEXT, {BESIDE: "came along"})) == "came along"
    assert through(article, Beside("", TEXT, {BESIDE: ""})) is None


def test_it_is_reckoned_where_none_came_or_the_text_was_changed_since() -> None:
    assert through(Article("1", text=TEXT), None) == fingerprint(TEXT)
    assert through(Article("1", text=TEXT), Beside("", TEXT, {})) == fingerprint(TEXT)
    assert through(Article("1", text=TEXT), Beside("", TEXT[1:], {BESIDE: "of another text"})) == fingerprint(TEXT)
