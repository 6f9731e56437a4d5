"""What must hold of a market between any two events.

A rule is a function that yields in words what is wrong, and nothing when all is well; a new rule is
a function and a line in the table of its module. `parts` are rules about one job, worker, offer or
employer and what it names: checking what an event has touched costs the same in a large market as
in a small one; those that the law asks for are in `protection`. `whole` are rules about all of a
market, `said` about its outcomes. Rules derive what they can from the state and trust no cache.
`inspector` decides what is checked when.
"""
