"""The pages, each with its own file, in one list."""

from typing import Final

from fastapi import APIRouter

from occupancy.web import (
    diary_page,
    evidence_pages,
    explore_page,
    my_course_page,
    static_pages,
    taper_page,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    explore_page.router,
    taper_page.router,
    diary_page.router,
    my_course_page.router,
    evidence_pages.router,
    static_pages.router,
)
