# The journal and search.

journal-heading = Journal
journal-ask = What happened today?
journal-today = Today
journal-everyone = Everyone
journal-by-learner = Show entries of
journal-filters = Filter the journal

journal-empty-title = Your journal starts with one line
journal-empty-text = A photo, a title or a few words are enough. Write it today or weeks later: any date is fine.
journal-empty-read-title = Nothing has been written yet
journal-empty-read-text = What the family writes shows here, newest first. You read along: there is nothing for you to do.
journal-empty-button = Write the first entry
journal-empty-learners = Add your children first, if you like. A nickname is enough.
journal-empty-law = You keep this for yourselves. There is no general duty in UK law to keep records of home education.
journal-nothing-title = Nothing here
journal-nothing-text = No entry fits this choice. Try a longer period, or fewer filters.

filter-learner = Learner
filter-subject = Subject
filter-any-subject = Any subject
filter-kind = Kind
filter-any-kind = Any kind
filter-state = Done or still to come
filter-any-state = Either
filter-from = From
filter-to = To
filter-starred = Only what is kept for the portfolio
filter-show = Show entries
filter-clear = Clear the filters

card-untitled = Entry of { $date }
mark-draft = Draft
mark-planned = Planned
mark-private = Private, carers only
mark-starred = Kept for the portfolio
voice-quote = “{ $words }”
photos-more = +{ $count }
photo-alt = Photo { $number } of { $total }
photo-alt-entry =
    { $total ->
        [one] Photo from “{ $title }”
       *[other] Photo { $number } of { $total } from “{ $title }”
    }

search-heading = Search
search-label = Search your entries
search-hint = Words, or the beginnings of words: “fract” finds fractions.
search-button = Search
search-results = Entries with “{ $q }”
search-nothing-title = Nothing found for “{ $q }”
search-nothing-text = Try a shorter word or just its beginning. Titles, text, places, resources and children’s own words are all searched.
journal-coming =
    { $count ->
        [one] Coming up: one entry
       *[other] Coming up: { $count } entries
    }
title-deleted = Recently deleted
deleted-heading = Recently deleted
deleted-intro = Entries stay here for thirty days after they were deleted. Then they are gone for good.
deleted-none = Nothing was deleted in the last thirty days.
deleted-untitled = Entry without words
deleted-restore = Bring back
journal-deleted = Recently deleted entries
