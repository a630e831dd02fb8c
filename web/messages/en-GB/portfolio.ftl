# Portfolios.

portfolios-heading = Portfolios
portfolios-intro = Gather entries into one file to keep, print or show. Nothing leaves HEC until you save it yourself.
portfolios-line = { $learner }, { $period }
portfolios-made = Made { $when }
portfolios-no-learners-title = First, a child
portfolios-no-learners-text = A portfolio is about one child. Add a nickname and write an entry or two, then come back.
portfolios-new-heading = Make a portfolio

portfolio-title = Title
portfolio-title-hint = For example, A year outdoors
portfolio-learner = Whose portfolio is it?
portfolio-period = Which dates?
portfolio-photos = Photos
portfolio-photos-hint = Smaller photos make a file that is easier to send.
portfolio-starred = Only entries with a star
portfolio-starred-hint = Those that you marked “Keep for the portfolio”.
portfolio-more = Kinds, areas and an introduction
portfolio-kinds = Kinds of entry
portfolio-kinds-hint = Choose none to have them all.
portfolio-areas = Areas
portfolio-areas-hint = Choose none to have them all.
portfolio-introduction = Introduction
portfolio-introduction-hint = Your own words for the first page.
portfolio-never-private = Private entries, drafts and plans are never included.
portfolio-make = Make the portfolio

portfolio-back = All portfolios
portfolio-preview-heading = What it holds
portfolio-preview-text = This is the whole document, exactly as it would be saved.
portfolio-preview-title = Preview of { $title }
portfolio-preview-open = Open the preview in a tab of its own
portfolio-save-heading = Save a copy
portfolio-rename-label = Name to show in the saved copy
portfolio-rename-hint = Change this if you would rather not show { $nickname }. The name is replaced on this device, everywhere it occurs, and is never sent to HEC.
portfolio-rename-button = Save the copy
portfolio-rename-lower = Also change it where it is written in lower case
# %name% and %words% are filled in by the script.
portfolio-rename-working = Putting the copy together.
portfolio-rename-done = Saved as %name%. Look among your downloads, and read it through once before you give it to anyone.
portfolio-rename-left = These words stay as they are. Look whether they give the name away: %words%
portfolio-rename-failed = The copy could not be saved. Check that HEC can be reached, then try again.
portfolio-download = Save it as it is, with the name { $nickname }
portfolio-download-hint = You can also change the name later: open the saved file and use the box at its top. It needs no internet.
portfolio-delete = Delete this portfolio
portfolio-delete-hint = Deleting it here leaves your entries and any saved copies as they are.
preset-this-year = This year (September to August)
preset-last-year = Last year (September to August)
preset-this-term = The last three months
preset-calendar-year = January to December { $year }
