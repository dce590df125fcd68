"""The rows of the table, by service.

Facts are from each operation's page in its API reference and from botocore's service models, unless
a comment says otherwise; a test compares the rows with the models that are installed. Hosts of URLs
are seldom documented: those here are of AWS's own domains, and `c.NbPresign.aws_hosts` adds to
them. ARNs are those of the Service Authorization Reference.
"""
