select case when a.grantee = 0 then 'public' else quote_ident(r.rolname) end as grantee, a.privilege_type as privilege,
       a.is_grantable as grantable
from pg_class c
cross join aclexplode(c.relacl) a
left join pg_roles r on r.oid = a.grantee
where c.oid = to_regclass(%(table)s) and a.grantee <> c.relowner
