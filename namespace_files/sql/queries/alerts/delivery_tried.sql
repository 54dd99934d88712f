select distinct channel from ops.alert_deliveries where alert_id = %(alert_id)s order by channel
