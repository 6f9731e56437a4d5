"""Tables of vacancies from job fairs and feeds, as facts of a station."""
