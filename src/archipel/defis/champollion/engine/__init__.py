"""The rules as columnar queries: Ibis expressions, the same on DuckDB and on Spark.

Days are whole numbers, counted from 1 January 1970. `contracts` tells the columns.
"""
