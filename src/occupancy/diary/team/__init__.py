"""Several people in one database: accounts, sessions, who reads whose diary, and a log of it.

Each row belongs to an owner and is reached through `ownership`, as the diary's own rows are: an
account has the name of its owner, a cookie and a one-time link carry it. Tokens are stored as
SHA-256 hashes, passwords as Argon2id hashes. Used by `web` in team mode and by `occupancy team`.
"""
