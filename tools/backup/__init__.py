"""Backup of both databases and Kestra's storage: create, verify, restore, drill (docs/backup.md).

Runs in the image of PostgreSQL with Debian's `python3` and `python3-psycopg2`; imports nothing else of this project.
"""
