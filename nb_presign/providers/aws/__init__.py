"""Targets on AWS: one provider class, and a table of the operations that presign.

operation    what a row says
operations   the table; its rows are in `rows`
aim          a target in a row's words
looking      how a target is doing
listing, athena, studio: which targets there are
places, names: several profiles and regions as one, and what targets are called
paths        how a URL gets a path
answers      what an answer's URL and times may be
minting      from a draft to a link
examining    what keeps it from minting
policies     who may do it, as IAM policies
here         the notebook that this process runs in
provider     all of it, as a `Provider`
"""
