select not exists (select from {target}) as empty
