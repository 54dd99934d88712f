select failures, code, extract(epoch from until - clock_timestamp())::float as wait_s
from leads.gate where until > clock_timestamp()
