"""Tests of the stand-in itself: what it serves has to be what the document shows."""
