"""Who may do what: keys, links, codes, sessions, the table of rules, rate limits."""
