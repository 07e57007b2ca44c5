"""A page that asks one question and shows its document and one picture of it.

Three routes under one prefix: the page with its form, the panels of the picture, the picture as a
file. The question stands in the address, so that an answer can be kept and sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from occupancy.web import pages
from occupancy.web.mistakes import MistakeLine, Mistakes
from occupancy.web.pictures import panels, svg
from occupancy.web.questions import Question

Asked = TypeVar("Asked", bound=Question)


@dataclass(frozen=True)
class AskedPage(Generic[Asked]):
    """What one page asks and shows.

    Attributes:
        name: of its address and its template.
        question: what the form's fields make.
        answer: the document of a question; raises Mistakes, field by field.
        figure: the picture of a document.
        example: fields of a worked example, marked as such on the page.
        more: further values for the template.
    """

    name: str
    question: type[Asked]
    answer: Callable[[Asked], Any]
    figure: Callable[[Any], Any]
    example: Mapping[str, str]
    more: Callable[[], dict[str, Any]] = dict

    @property
    def worked(self) -> str:
        """The worked example as it stands in the address."""
        return urlencode(self.example)

    def router(self) -> APIRouter:
        """The routes of the page."""
        made = APIRouter(prefix=f"/{self.name}")
        made.add_api_route("", self.page, methods=["GET"])
        made.add_api_route("/picture", self.picture, methods=["GET"], response_model=None)
        made.add_api_route("/picture.svg", self.still, methods=["GET"])
        return made

    def page(self, request: Request) -> HTMLResponse:
        """The form, and the answer when something is asked."""
        document = None
        mistakes: dict[str, MistakeLine] = {}
        wrong: list[MistakeLine] = []
        if request.query_params:
            try:
                document = self.answer(self._asked(request))
            except Mistakes as error:
                mistakes, wrong = error.by_field(), error.lines
        return pages.of(request).show(
            request,
            f"{self.name}.html",
            422 if mistakes else 200,
            part=False,
            typed=pages.typed(request),
            mistakes=mistakes,
            wrong=wrong,
            document=document,
            example=self.worked,
            is_example=request.url.query == self.worked,
            query=request.url.query,
            **self.more(),
        )

    def picture(self, request: Request) -> dict[str, Any]:
        """The picture of the answer: panels with their rows."""
        asked = self._asked(request)
        document = self.answer(asked)
        made = panels((self.name, asked), lambda: self.figure(document))
        return {"panels": made, "rows": {}}

    def still(self, request: Request) -> Response:
        """The picture as a file."""
        document = self.answer(self._asked(request))
        return Response(svg(self.figure(document)), media_type="image/svg+xml")

    def _asked(self, request: Request) -> Asked:
        return self.question.of_form(request.query_params.multi_items())
