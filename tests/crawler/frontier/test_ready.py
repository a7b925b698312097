from scrapy.http import Request

from crawler.frontier.ready import Ready
from pipelines.items import Lease


def lease(number: int, host: str = "a") -> Lease:
    return Lease(number, 1, f"http://{host}/{number}", host, b"", "article", None)


def fill(ready: Ready, *leases: Lease) -> None:
    for one in leases:
        ready.put(one, Request(one.url))


def drawn(ready: Ready) -> list[str]:
    found = []
    while (request := ready.next()) is not None:
        found.append(request.url.removeprefix("http://"))
    return found


def test_hosts_take_turns_and_none_gets_more_than_its_share() -> None:
    ready = Ready(2, lambda request: False)
    fill(ready, *(lease(n) for n in range(4)), lease(10, "b"), lease(20, "c"))
    assert drawn(ready) == ["a/0", "b/10", "c/20", "a/1"]
    assert len(ready) == 2
    ready.answered(lease(0))
    assert drawn(ready) == ["a/2"]
    ready.answered(lease(0))  # a second word on the same request changes nothing
    assert drawn(ready) == []


def test_a_host_whose_pace_is_not_due_lets_the_others_go() -> None:
    waiting = {"a"}
    ready = Ready(4, lambda request: request.url[7] in waiting)
    fill(ready, lease(1), lease(2, "b"))
    assert drawn(ready) == ["b/2"]
    waiting.clear()
    assert drawn(ready) == ["a/1"]


def test_a_redirect_goes_first_and_keeps_its_place_in_the_hand() -> None:
    ready = Ready(1, lambda request: False)
    fill(ready, lease(1), lease(2))
    assert drawn(ready) == ["a/1"]
    ready.put(lease(1), Request("http://a/moved"), first=True)
    assert drawn(ready) == ["a/moved"]
    assert set(ready.leases) == {1, 2}
    assert ready.by_host() == {"a": 2}


def test_what_is_settled_is_out_of_the_hand() -> None:
    ready = Ready(4, lambda request: False)
    fill(ready, lease(1), lease(2), lease(3))
    ready.next()
    ready.settled(lease(1))
    assert ready.by_host() == {"a": 2}
    assert [one.id for one in ready.drain()] == [2, 3]
    assert (len(ready), ready.leases, ready.next()) == (0, {}, None)


def test_one_host_can_be_drained() -> None:
    ready = Ready(4, lambda request: False)
    fill(ready, lease(1), lease(2, "b"))
    assert [one.id for one in ready.drain("a")] == [1]
    assert drawn(ready) == ["b/2"]
