"""What would have to change so that a job finds its people, by running its market again.

`levers` are the changes, made by `postings`; `survey` looks once at who misses the job by what;
`rerun` asks the market what a change would come to, `farther` what longer ways would; `search`
finds the smallest changes that are enough.
"""
