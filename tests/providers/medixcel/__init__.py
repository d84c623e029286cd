"""Tests of the Medixcel Connect plug-in, over real HTTP against its sandbox."""
