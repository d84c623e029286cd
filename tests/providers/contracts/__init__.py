"""The parts of the contract kit: one module for each thing that plug-ins promise."""
