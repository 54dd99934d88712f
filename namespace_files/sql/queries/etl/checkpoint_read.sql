select watermark, key
from etl_checkpoints
where source = %(source)s and consumer = %(consumer)s
