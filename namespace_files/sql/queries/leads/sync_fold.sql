-- One lead becomes part of another.
with names as (
    update leads.identities set lead_id = %(winner)s where lead_id = %(loser)s
), events as (
    update leads.inbox set lead_id = %(winner)s where lead_id = %(loser)s
), told as (
    update leads.sync_log set lead_id = %(winner)s where lead_id = %(loser)s
)
select 1 as done
