select max({at}) as newest from {target}
