select at, key, value from ops.baseline_samples
where series = %(series)s and weekday = %(weekday)s and at > now() - make_interval(days => %(days)s)
