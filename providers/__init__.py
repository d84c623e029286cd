"""What speaks to upstreams: the domain's vocabulary, the capabilities of plug-ins, and the plug-ins themselves."""
