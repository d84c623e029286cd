"""Tests of the provider core, and of each plug-in in a folder of its own."""
