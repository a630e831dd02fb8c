# What can be wrong with a field: a plain sentence that says what to do.

error-required = Fill this in
error-too-long =
    { $max ->
        [one] Use 1 character
       *[other] Use { $max } characters or fewer
    }
error-too-short =
    { $min ->
        [one] Use at least 1 character
       *[other] Use { $min } characters or more
    }
error-not-a-date = Enter a real date, such as 27 3 2026
error-date-range = Enter a date from { $min } to { $max }
error-not-a-number = Enter a whole number, such as 45
error-out-of-range = Enter a number from { $min } to { $max }
error-not-one-of = Choose one of: { $options }
error-not-an-email = Enter an email address, such as name@example.org
error-email-host = The part behind the @ must be a name with a dot in it, as in name@example.org: only letters, digits and hyphens, no comma, and no dot at the end
error-password-short = Use a password of { $min } characters or more. A few unrelated words are fine
error-password-short-beside = Use a password of { $min } characters or more, or of { $beside } or more with an app that makes codes (below). A few unrelated words are fine
error-password-same = That is the password that you have now. Choose another one
error-password-long = Use a password of { $max } characters or fewer
error-password-known = Choose a password that is not built round your name, your email or the name of this HEC
error-password-common = Choose another password: this one is among the million most common. A few unrelated words are fine
error-password-similar = This is too close to a password that many people use. Add a word or two that have nothing to do with it
error-password-keys = Keys that lie side by side are easy to guess. Use a few unrelated words instead
error-password-repeats = What is repeated is easy to guess. Use a few unrelated words instead
error-password-sequence = What comes in order, like abc or 6543, is easy to guess. Use a few unrelated words instead
error-password-date = Dates and years are easy to guess. Add a few unrelated words
error-password-word = A word by itself is easy to guess. Add two or three that have nothing to do with it
error-password-name = Names are easy to guess. Add two or three words that have nothing to do with them
error-password-guessable = This is too easy to guess. Add a word or two that have nothing to do with the rest
error-invitations-full = Withdraw some invitations first: { $max } are open
error-adult-required = Confirm that you are 18 or over and a parent or carer
error-adult-only-required = Confirm that you are 18 or over
error-email-taken = Use another email address, or sign in: this one already has an account
error-sign-in = That email and password do not belong together. Check both and try again
error-too-many =
    { $max ->
        [one] Choose only 1
       *[other] Choose { $max } or fewer
    }
error-unknown-learner = Choose from your own learners. This one is not in your family’s record
error-unknown-subject = Choose from your own subjects. This one is not in your family’s list
error-duplicate = Name each one only once
error-empty-entry = Add a title, a few words or a photo
error-name-taken = Choose another name: your family already uses this one
error-period = Choose a “from” date that is not after the “to” date
error-picture-type = Choose a JPEG, PNG or WebP picture
error-allowance = Your family’s photos may take { $max } here, and { $used } are used: this does not fit. Save without it, or remove photos first. Whoever runs this HEC can allow more; your family’s reference is { $reference }
error-size = Type an amount with its unit, as in 500 MB or 2.5 GB, or “none” for no bound
error-reference = No family here has that reference. It has eight letters and digits, as in K7QM-4T2X
error-picture-bytes = Choose pictures of up to { $max } MB each
error-picture-pixels = Choose pictures of up to { $max } megapixels
error-picture-damaged = This picture could not be read. Try saving it again, or choose another
error-picture-animated = Choose a picture that does not move
error-stale = This entry was changed in another window since you opened it. Your text is kept below: compare the two, then save again
error-control-characters = Remove characters that cannot be shown. Typing the text afresh usually helps
error-unknown-field = This page sent something that HEC does not know. Reload it and try again
error-form = Something in this form was not right. Check it and try again
error-recovery-length =
    { $count ->
        [one] Type all { $all } letters and digits. This has only one
       *[other] Type all { $all } letters and digits, in eight groups of five. This has { $count }
    }
error-recovery-symbol = No recovery code has the sign “{ $symbol }”. Compare with the paper
error-recovery-another = That is a recovery code, but not the one that was just shown to you. Compare with the paper
error-recovery-wrong = That code does not open this record. If it was shown to you more than 30 minutes ago, it was never kept: make another
error-recovery-full = There are too many keys already. Take one away with “hec key remove” on the machine, then type the code again
error-recovery-slip = That looks like the recovery code, with a slip in group { $group }. Compare that group with the paper
error-recovery-slip-length = That looks like the recovery code, but a recovery code has { $all } letters and digits, and this has { $count }. Compare it with the paper
error-recovery-slip-symbol = That looks like the recovery code, but no code has the sign “{ $symbol }”. Compare it with the paper
error-recovery-exchanged = That looks like the recovery code, but groups { $one } and { $other } seem to be exchanged. Compare them with the paper
error-recovery-moved = That looks like the recovery code, but group { $group } seems to belong in place { $place }. Compare it with the paper
error-unlocked-unopened = That is right, but the record could not be opened. The log of this HEC says why
error-disk-full = There is no room left to save this. Tell whoever runs this HEC; what you wrote is still on this page
error-busy = HEC is busy just now. Wait a moment, then save again

# Whole pages, by HTTP status.

problem-400 = That did not come through
problem-400-text = Your browser sent something that HEC could not read. Go back, reload the page and try again.
problem-401 = Please sign in
problem-401-text = This page belongs to a family. Sign in to see it.
problem-403 = Not for this account
problem-403-text = Your account may not do that. An owner of the family can change what you may do.
problem-404 = Nothing here
problem-404-text = There is no such page, or it belongs to someone else. If you typed the address, check it.
problem-405 = That is not possible here
problem-405-text = This page cannot be used in that way. Go back and use the buttons on the page.
problem-406 = Not in that form
problem-406-text = HEC cannot show this in the form that was asked for.
problem-409 = Changed meanwhile
problem-409-text = Someone else made a change at the same time. Go back, reload the page and try again.
problem-412 = Changed meanwhile
problem-412-text = This was changed in another window since you opened it. Go back, reload the page and try again.
problem-413 = Too much at once
problem-413-text = That is more than HEC takes in one go. Save fewer or smaller photos at a time.
problem-414 = That address is too long
problem-414-text = The address of the page is longer than HEC reads. Go back and shorten what you searched for.
problem-415 = HEC does not know this kind of file
problem-415-text = Photos may be JPEG, PNG or WebP.
problem-421 = Wrong address
problem-421-text = This HEC does not answer to the address you used. Whoever runs it can tell you the right one, or add this one to its settings.
problem-422 = Something needs putting right
problem-422-text = Part of what was sent cannot be saved. Go back, check it and try again.
problem-429 = A little too fast
problem-429-text = There were many tries in a short time. Wait a minute, then try again. Nothing is lost.
problem-431 = Your browser sent too much along
problem-431-text = The request carried more than HEC reads. Clearing this site's cookies in your browser helps; you will have to sign in again.
problem-500 = Something went wrong
problem-500-text = It was not your doing, and what was saved before is safe. Try again. If it happens again, tell whoever runs this HEC.
problem-501 = HEC does not know how to do that
problem-501-text = Your browser asked for something that HEC cannot do. Go back and use the buttons on the page.
problem-503 = Back in a moment
problem-503-text = HEC is busy or just starting. Wait a moment, then reload the page.
problem-507 = No room left
problem-507-text = The disk is full, so nothing new can be saved. What you have is safe. Tell whoever runs this HEC.

problem-unavailable = The record cannot be opened just now
problem-unavailable-text = The disk that holds it made an error, and HEC shows nothing rather than something wrong. What was saved is on the disk. Tell whoever runs this HEC: `hec doctor` says what is the matter.
problem-cross-site = This did not come from HEC's own page
problem-cross-site-text = To protect your record, HEC only takes changes from its own pages. Open HEC, go back to where you were, and try again.
problem-cross-site-detail = The request must carry "Sec-Fetch-Site: same-origin" or an Origin that is the host asked for.
problem-signed-out = You were signed out meanwhile
problem-signed-out-text = Nothing was saved yet. Sign in again in a new tab, then come back to this one, go back a page and save once more: what you wrote should still be there.
problem-sign-in-tab = Sign in in a new tab
