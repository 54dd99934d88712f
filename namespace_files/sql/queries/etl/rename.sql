alter {kind} {before} rename to {after}
