"""Everything that a plug-in author imports."""
