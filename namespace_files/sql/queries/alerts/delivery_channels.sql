-- Where an alert was told or will be.
select distinct channel from ops.alert_deliveries
where alert_id = %(alert_id)s and change in ('fired', 'again', 'escalated') and state not in ('failed', 'dropped')
order by channel
