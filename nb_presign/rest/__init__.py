"""REST: what owners, their kernels and their other servers ask, and the page that opens links."""
