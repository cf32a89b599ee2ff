"""The least that any signed-in page takes: a view of the benchmarks' own behind the product's middleware."""
