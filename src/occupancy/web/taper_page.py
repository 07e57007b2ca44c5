"""The Taper page: from the tablets at home to a plan, its proof, its files, and a new plan."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/taper")
