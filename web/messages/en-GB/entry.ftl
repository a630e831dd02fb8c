# One entry, and the form for writing it.

entry-actions = What you can do with this entry
entry-edit = Change
entry-star = Keep for the portfolio
entry-again = Same again today
entry-delete = Delete
entry-about = About this entry
entry-created = Written
entry-updated = Last changed
entry-originals = Photos in full size
entry-originals-hint = The pictures as you added them, without the place, time and camera details that were hidden in the files.
entry-subjects =
    { $count ->
        [one] Subject
       *[other] Subjects
    }
entry-resources = Resources
entry-photos =
    { $count ->
        [one] 1 photo
       *[other] { $count } photos
    }

entry-new-heading = New entry
entry-edit-heading = Change this entry
entry-date = Date
entry-today = Today
entry-yesterday = Yesterday
entry-learners = Whose day was it?
entry-no-learners = To note whose day it was, add your children.
entry-no-learners-link = Add a learner
entry-title = Title
entry-text = What happened
entry-photos-add = Add photos
entry-photos-chosen = Photos ready to save:
entry-photos-too-many = Up to { $max } photos fit in one entry. The rest were left out.
entry-photos-too-big = A photo may be up to { $max } MB. A larger one was left out:
entry-photos-drop = Leave out this photo:
entry-photos-limits =
    { $max ->
        [one] One JPEG, PNG or WebP photo of up to { $size } MB. Hidden details such as the place are removed.
       *[other] Up to { $max } JPEG, PNG or WebP photos of up to { $size } MB each. Hidden details such as the place are removed.
    }
entry-photos-again = If you had chosen photos, please choose them again. Browsers do not keep them.
entry-photos-kept = Photos in this entry
entry-caption = Caption
entry-photo-remove = Remove this photo
entry-subjects-heading = Subjects
entry-subjects-manage = Change your list of subjects
entry-voices-heading = Their own words
entry-voices-hint = What each child said about it, and how it felt. Fill in only what you like.
entry-words = What { $learner } said
entry-feeling = How it felt
feeling-none = Not noted
entry-more-heading = Kind, place, time and resources
entry-kind = Kind
kind-none = None
entry-place = Place
entry-minutes = Minutes
entry-resources-hint = Books, websites, equipment, people. One on each line.
entry-keep-heading = Portfolio, private or planned
entry-keep-heading-child = Portfolio, draft or planned
entry-starred = Keep for the portfolio
entry-starred-hint = A star, so that you find it again when you put a portfolio together.
entry-private = Private
entry-private-hint = Carers only: learners and viewers do not see it, and it never goes into a portfolio or any other document. An app sees it only if you gave it that right.
entry-state = Has it happened?
entry-state-hint = Drafts and plans stay out of portfolios.
entry-save-another = Save and add another

