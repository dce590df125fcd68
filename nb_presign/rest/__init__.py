"""REST: what owners, their other servers and their kernels ask over HTTP, and the page on which links are opened."""
