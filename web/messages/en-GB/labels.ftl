# Names of choices, looked up by the server.

colour-moss = Moss
colour-sky = Sky
colour-clay = Clay
colour-plum = Plum
colour-sun = Sun
colour-rose = Rose
colour-slate = Slate
colour-teal = Teal

kind-activity = Activity
kind-reading = Reading
kind-outing = Outing
kind-group = Group or class
kind-project = Project
kind-milestone = Milestone
kind-note = Note

area-literacy = Literacy
area-numeracy = Numeracy
area-science = Science and STEM
area-humanities = Humanities
area-arts = Arts
area-physical = Physical activity
area-life_skills = Life skills
area-socialisation = Socialisation

feeling-good = Good
feeling-mixed = Mixed
feeling-hard = Hard

state-done = It has happened
state-draft = Draft, not finished writing
state-planned = Planned

scope-records-read = Read the journal
scope-records-read-hint = Entries, photos, learners and subjects, without what is private.
scope-records-write = Write in the journal
scope-records-write-hint = Add, change and delete entries and photos.
scope-records-private = Private entries too
scope-records-private-hint = Without this, an app never learns that a private entry exists.
scope-learners-write = Change learners and subjects
scope-learners-write-hint = Add, rename and archive them.
scope-portfolio-read = Read portfolios
scope-portfolio-read-hint = See and save those that you have made.
scope-portfolio-write = Make portfolios
scope-portfolio-write-hint = Make and delete them.
scope-account-read = Read your account
scope-account-read-hint = Your name and email.

photos-none = No photos
photos-small = Small photos
photos-large = Large photos

role-owner = Owner
role-carer = Carer
role-viewer = Viewer
role-learner = Learner
role-operator = Operator
