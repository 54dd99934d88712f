vacuum (analyze, truncate false, skip_locked) {table}
