"""What we remember: tables, and one file of queries per noun. Only `actions`, `conductor` and `installation` call it.

Every query takes the transaction it is part of as its first argument and returns frozen values; rows never leave.
"""
