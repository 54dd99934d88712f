-- Connections of each database of the server.
select datname as "database", numbackends as database_connections
from pg_stat_database
where datname is not null
