"""Test support for plug-ins, shipped with the package.

* `contract`: the contract kit, test classes that every plug-in passes. It alone needs pytest (extra `testing`).
* `core`: a `Core` in memory. `server`: real servers on free ports. `faults`: fault injection.
* `sandbox`: the base of sandboxes, stand-ins for upstreams.
* `example`: the plug-in that `switchboard new-provider` copies.
"""
