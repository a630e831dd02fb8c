# Learners and subjects.

learners-heading = Learners
learners-empty-title = Whose record is this?
learners-empty-text = Add each child by a nickname. Nothing else is asked for, and you can change it at any time.
learners-add-heading = Add a learner
learners-add-button = Add learner
learners-archived-heading = Archived
learners-archived-text = Their entries are all still in the journal. They are just not offered when you write a new one.
learners-subjects-text = Subjects are your own too: rename them, add some, put away what you do not use.
learners-subjects-link = See your subjects

learner-nickname = Nickname
learner-nickname-hint = Any name that you know them by. It need not be their real one.
learner-colour = Colour
learner-journal = See the journal
learner-recent = Recent entries
learner-recent-none = Nothing about { $learner } yet. Entries that name them will show here.
learner-change-heading = Change nickname or colour
learner-is-archived = Archived: not offered when you write a new entry.
learner-archive = Archive
learner-archive-text = { $learner } will not be offered for new entries any more. Nothing is deleted, and you can bring them back at any time.
learner-unarchive = Bring back
learner-unarchive-text = They will be offered again when you write an entry.

subjects-heading = Subjects
subjects-intro = A set to begin with. Make it yours: call things what your family calls them.
subjects-add-heading = Add a subject
subjects-add-button = Add subject
subjects-none = None in this area.
subjects-archived-heading = Put away
subjects-archived-text = Entries keep these subjects. They are just not offered for new ones.
subject-name = Name
subject-area = Area
subject-area-hint = Portfolios and reports group entries by area.
subject-change = Change
subject-archive = Put away
subject-unarchive = Bring back
