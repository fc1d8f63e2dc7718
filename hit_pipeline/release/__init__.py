"""An immutable folder of Parquet behind one pointer."""
