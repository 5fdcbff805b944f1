"""Editing chain maps on screen (DESIGN §3, walk 3): the outline, segments, links, the whole, revisions, files."""

from __future__ import annotations

from crm.web.chain_edit import files, links, outline, places, revisions, segments, whole
from crm.web.chain_edit.blueprint import blueprint

__all__ = ["blueprint", "files", "links", "outline", "places", "revisions", "segments", "whole"]
