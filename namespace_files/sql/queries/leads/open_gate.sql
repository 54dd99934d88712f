update leads.gate set failures = 0, until = '-infinity', code = null where failures > 0
