# The frame of every page, and words that many pages share.

language = en-GB
page-title = { $title } - HEC
skip = Skip to the main content
nav-label = Main
nav-journal = Journal
nav-search = Search
nav-new = New entry
nav-learners = Learners
nav-portfolio = Portfolio
nav-account = Your account
nav-sign-in = Sign in
nav-help = Help
nav-privacy = Privacy
undo = Undo
demo-banner = Made-up families: keep nothing real here.

form-problem =
    { $count ->
        [one] There is something to put right
       *[other] There are { $count } things to put right
    }
form-problem-at = { $field }: { $problem }
form-error-prefix = Error:
form-optional = (optional)
form-save = Save
form-cancel = Cancel

pager-earlier = Earlier
pager-newer = Newer

error-home = Go to the journal
error-id = If you ask for help, quote this number:

not-set-up-heading = Almost there
not-set-up-text = This HEC is installed and running, but it has not been set up yet.
not-set-up-command = Whoever installed it was shown a link for setting it up. To make a new link, run this on the machine that HEC runs on:
not-set-up-once = Each link can be used once and lasts for 30 minutes.

# Titles of pages, for the server.
title-setup = Set up HEC
title-register = Create an account
title-sign-in = Sign in
title-journal = Journal
title-search = Search
title-entry = Entry of { $date }
title-entry-new = New entry
title-entry-edit = Change this entry
title-learners = Learners
title-subjects = Subjects
title-portfolios = Portfolios
title-account = Your account
title-help = Help
title-privacy = Privacy
title-not-set-up = Not set up yet

# Notices after something was done, for the server.
notice-entry-saved = Saved.
notice-entry-saved-another = Saved. Here is the next one.
notice-entry-copied = Copied to today. Change what was different, then save.
notice-entry-deleted = Entry deleted.
notice-entry-restored = The entry is back.
notice-entry-starred = Kept for the portfolio.
notice-entry-unstarred = No longer kept for the portfolio.
notice-learner-added = The child is added.
notice-learner-saved = Saved.
notice-learner-archived = Archived. Nothing has been deleted.
notice-learner-unarchived = The child is back in the lists.
notice-subject-added = The subject is added.
notice-subject-saved = Saved.
notice-subject-archived = The subject is put away. Entries keep it.
notice-subject-unarchived = The subject is back in the list.
notice-portfolio-made = The portfolio is ready to look at.
notice-portfolio-deleted = Portfolio deleted from HEC.
notice-token-added = Token made.
notice-token-revoked = Token revoked. Whatever used it can no longer get in.
notice-invitation-withdrawn = Invitation withdrawn. The link no longer works.
notice-signed-out = You are signed out.
notice-welcome = Welcome. Your record starts here.

# Dates and amounts, for the server.
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
date-day-month = { $weekday } { $day } { $month }
date-full = { $weekday } { $day } { $month } { $year }
date-short = { $day } { $month } { $year }
date-time = { $date } at { $time }
period-label = { $from } to { $to }

count-entries =
    { $count ->
        [0] No entries yet
        [one] 1 entry
       *[other] { $count } entries
    }
count-photos =
    { $count ->
        [0] No photos
        [one] 1 photo
       *[other] { $count } photos
    }
duration-minutes =
    { $minutes ->
        [one] 1 minute
       *[other] { $minutes } minutes
    }
duration-hours =
    { $hours ->
        [one] 1 hour
       *[other] { $hours } hours
    }
duration-hours-minutes = { $hours } h { $minutes } min
size-kilobytes = { $size } kB
size-megabytes = { $size } MB
size-gigabytes = { $size } GB
