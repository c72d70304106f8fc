"""A table goes through pandas, polars, duckdb and Parquet and stays the same."""

import io

import duckdb
import pandas as pd
import polars as pl

frame = pd.DataFrame({"dep": ["2A", "35"], "taux": [12.5, None]})
buffer = io.BytesIO()
frame.to_parquet(buffer)
assert pl.read_parquet(buffer.getvalue())["taux"].null_count() == 1
assert duckdb.sql("select sum(taux) from frame").fetchall() == [(12.5,)]
