"""The API: what it gives, and that it is as its description says (schemathesis)."""

from __future__ import annotations

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pipelines.items import ARTICLE_FIELDS
from tests.crawler.web.conftest import GOOD


def test_a_list_goes_on_to_its_end(client: FlaskClient) -> None:
    ids, after = [], ""
    while after is not None:
        found = client.get("/api/articles", query_string={"limit": 9, "after": after}).json
        ids += [item["id"] for item in found["items"]]
        after = found["after"]
    assert len(ids) == len(set(ids)) == 24


def test_filters_are_those_of_the_pages(client: FlaskClient) -> None:
    def ids(**query: str) -> list[str]:
        return [item["id"] for item in client.get("/api/articles", query_string=query).json["items"]]

    assert ids(q="城市 发展", site="news.example") == ["good-1"]
    assert ids(tag="交通", originals="true") == ["good-1"]
    assert ids(withdrawn="true") == []
    assert ids(since="2026-06-29") == []


def test_one_article_whole(client: FlaskClient) -> None:
    found = client.get("/api/articles/good-1").json
    assert set(ARTICLE_FIELDS) <= set(found)
    assert (found["version"], found["versions"][0]["record"]["text"]) == (2, GOOD.text)
    assert client.get("/api/articles/none").status_code == 404
    assert client.get("/api/articles/none").json == {"error": "no article with this id"}


def test_whole_records(client: FlaskClient) -> None:
    (found,) = client.get("/api/articles?site=news.example&whole=1").json["items"]
    assert set(found) == set(ARTICLE_FIELDS) - {"segments"}


def test_sites_and_runs(client: FlaskClient) -> None:
    assert {"site": "news.example", "articles": 1} in [
        {"site": s["site"], "articles": s["articles"]} for s in client.get("/api/sites").json["items"]
    ]
    runs = client.get("/api/runs?limit=1").json
    assert [run["id"] for run in runs["items"]] == [2]
    assert [run["id"] for run in client.get(f"/api/runs?before={runs['before']}").json["items"]] == [1]
    assert client.get("/api/runs/1").json["dropped"] == {"fetch/404": 1}
    assert client.get(f"/api/runs/{10**30}").status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/articles?limit=0", "/api/articles?limit=x", "/api/articles?whole=maybe", "/api/runs?before=-1"]
)
def test_what_is_not_as_it_must_be_is_said_as_json(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert set(answer.json) == {"error"}


@pytest.mark.parametrize("path", ["/api/articles", "/api/articles/{id}", "/api/sites", "/api/runs", "/api/runs/{id}"])
def test_answers_are_as_described(app: Flask, path: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    operation = schema[path]["GET"]

    @settings(
        max_examples=40,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(case=operation.as_strategy())
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance])  # `after` is nobody's to make up

    check()


def test_known_articles_and_runs_are_as_described(app: Flask) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    for path, keys in (
        ("/api/articles/{id}", ["good-1", *(f"bad-{n}" for n in range(22))]),
        ("/api/runs/{id}", [1, 2]),
    ):
        for key in keys:
            response = schema[path]["GET"].Case(path_parameters={"id": key}).call()
            assert response.status_code == 200
            schema[path]["GET"].validate_response(response)
