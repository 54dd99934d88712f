grant {privilege} on {table} to {role} {option}
