import pytest

from crawler.demo.plan import plan_site
from crawler.demo.stories import StoryWriter, load_words, topic_words

TOPICS = [channel["topic"] for channel in load_words("site")["channel"]]


def trigrams(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(len(text) - 2)}


def test_the_same_number_gives_the_same_story() -> None:
    assert StoryWriter().write(1042, "auto", 1) == StoryWriter().write(1042, "auto", 1)


def test_another_number_gives_another_story() -> None:
    one, other = StoryWriter().write(1042, "auto", 1), StoryWriter().write(1043, "auto", 1)
    assert one.headline == other.headline
    assert one.paragraphs[1:] != other.paragraphs[1:]


def test_a_writer_never_prints_a_line_twice() -> None:
    writer = StoryWriter()
    writer.write(1042, "auto", 1)
    with pytest.raises(ValueError, match="printed twice"):
        writer.write(1042, "auto", 1)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_pattern_of_a_topic_fills(topic: str) -> None:
    words = topic_words(topic)
    assert len(words["story"]) == 8
    assert len(words["sentences"]) >= 12
    for index in range(8):
        story = StoryWriter().write(5000 + index, topic, index)
        assert not any("{" in line.text or "}" in line.text for line in story.lines)
        assert len(set(story.people)) == 4
        assert len(story.tags) >= 2


def test_no_two_articles_share_a_line() -> None:
    lines = [line.text for entry in plan_site() for line in entry.story.lines]
    assert len(lines) == len(set(lines))


def test_no_two_articles_are_near_duplicates() -> None:
    texts = [trigrams("".join(entry.story.paragraphs)) for entry in plan_site()]
    highest = max(len(one & other) / len(one | other) for place, one in enumerate(texts) for other in texts[:place])
    assert highest < 0.45


def test_stories_are_as_long_as_news_is() -> None:
    for entry in plan_site():
        length = len("".join(line.text for line in entry.story.lines))
        assert 250 <= length <= (3000 if entry.channel["topic"] == "english" else 1600), entry.ref.path


def test_headlines_and_paths_are_all_different() -> None:
    entries = plan_site()
    assert (
        len({entry.ref.title for entry in entries}) == len({entry.ref.path for entry in entries}) == len(entries) >= 88
    )


def test_neighbours_are_other_stories() -> None:
    for entry in plan_site():
        related, latest = {ref.path for ref in entry.related}, {ref.path for ref in entry.latest}
        assert len(related) >= 3
        assert len(latest) >= 3
        assert not related & latest
        assert entry.ref.path not in related | latest
