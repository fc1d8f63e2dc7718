"""The review of stewards: desk, pages, guard, workbooks."""
