select avg_leaf_density, leaf_fragmentation from {schema}.pgstatindex(%(index)s::regclass)
