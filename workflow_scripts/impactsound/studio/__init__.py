"""The studio: a page in which the hits of a dubbed video are edited, heard and seen."""

from impactsound.studio.page import write_page as write_page
