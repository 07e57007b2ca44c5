"""Versions of the store's tables, applied by `database` when a store is opened."""
