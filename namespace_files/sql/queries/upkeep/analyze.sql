analyze (skip_locked) {table}
