"""The pages, each with its own file, in one list."""

from typing import Final

from fastapi import APIRouter

from occupancy.web import (
    circuits_page,
    diary_page,
    evidence_pages,
    explore_page,
    my_course_page,
    personalise_page,
    pet_page,
    population_page,
    static_pages,
    taper_page,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    explore_page.router,
    taper_page.router,
    diary_page.router,
    my_course_page.router,
    population_page.router,
    circuits_page.router,
    pet_page.router,
    personalise_page.router,
    evidence_pages.router,
    static_pages.router,
)
