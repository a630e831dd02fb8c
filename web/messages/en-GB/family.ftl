# The family's pages, coming in, leaving, and a child's sign-in.

family-intro = Everybody here shares one record.
family-you = (you)
family-since = { $role }, since { $since }
family-role = Role
family-role-of = Role of { $name }
family-role-change = Change
family-role-owner = Reads and writes everything, invites and removes people, and can delete the record.
family-role-carer = Reads and writes everything, private entries too.
family-role-viewer = Reads everything that is not private, and changes nothing.
family-remove = Remove
family-pending-heading = Invitations that wait
family-pending-by = Made by { $by } on { $made }. Ends { $ends }.
family-pending-dates = Made { $made }. Ends { $ends }.
family-withdraw = Take back
family-invite-heading = Invite somebody
family-invite-text = You get a link to hand over yourself: read it out, send it, or let them scan it. It works once, for seven days.
family-invite-as = They come in as
family-invite-button = Make the link
family-link-heading = Hand this link over
family-link-text = It works once and makes whoever opens it a member: { $role }. It ends { $ends }. It is shown only now.
family-link-value = Invitation link
family-link-code = The same link as a code for a phone’s camera
family-change-heading = Name and time zone
family-zone = Time zone
family-zone-hint = Decides when a day begins, such as Europe/London. Dates that are written already stay as they are.
family-log-link = What was done with this family
family-delete-link = Delete this family and its record
family-stays = You are the only owner, so you cannot leave. Make somebody else an owner first, or delete the record.
family-leave-link = Leave this family
family-back = Back to the family
family-switch = Your other families
family-switch-to = Go to { $family }
family-link = Who belongs to { $family }
family-none-text = If somebody gave you an invitation, open its link.
family-none-begin = Or begin a record of your own.
family-none-closed = New families come to this HEC by invitation: ask whoever runs it.
family-none-button = Begin a new record
family-remove-heading = Remove { $name }?
family-remove-now = They are shut out at once, on every device and in every app.
family-remove-invitations = Invitations that they made stop working.
family-remove-words = If they could know what your children sign in with, those words and that address stop working. Set new ones afterwards.
family-remove-stays = What they wrote stays in the record.
family-remove-button = Remove { $name }
family-leave-heading = Leave { $family }?
family-leave-text = You will not see this record any more. Somebody who stays would have to invite you again.
family-leave-account = What you wrote stays with the family. Your account stays yours.
family-leave-button = Leave
family-delete-heading = Delete this family
family-delete-text = Every entry, photo, portfolio and learner of this family is deleted for good. Nobody can bring it back.
family-delete-now = You are the only owner, so it happens at once.
family-delete-waits = It happens in 14 days. Until then every owner is shown that on every page, and each of you can stop it.
family-delete-copy = Take a copy first of what you want to keep: make portfolios and download them.
family-delete-asked = This has been asked for already.
family-delete-name = Type the family’s name
family-delete-name-hint = Exactly so: { $name }
family-delete-ask = Delete in 14 days
family-delete-button = Delete everything now
family-deletion-banner = { $by } asked for this family and its whole record to be deleted. It happens on { $due }. Take a copy of what you want to keep.
family-deletion-keep = Keep the record
family-log-heading = What was done with this family
family-log-text = Who came and went, and who may do what. It is kept for a year and tells nothing of what you write, nor which device anybody used.
family-log-none = Nothing yet.
family-act-invited = { $by } made an invitation: { $about }
family-act-withdrawn = { $by } took an invitation back
family-act-joined = { $by } came in: { $about }
family-act-role = { $by } changed the role of { $about }
family-act-removed = { $by } removed { $about }
family-act-left = { $by } left
family-act-deletion = { $by } asked for the family to be deleted
family-act-kept = { $by } stopped the deletion
family-act-learner-set = { $by } let { $about } sign in
family-act-learner-ended = { $by } ended the sign-in of { $about }
family-act-learner-in = { $by } signed in
family-act-learner-failed = Somebody tried to sign in as { $about }, and could not
family-act-app = { $by } let an app in: { $about }
family-act-app-revoked = { $by } shut an app out: { $about }
family-act-token = { $by } made a token: { $about }
family-act-token-revoked = { $by } ended a token: { $about }
family-act-exported = { $by } took a copy of the record: { $about }
family-act-other = Something was changed by { $by }: { $about }
family-join-heading = Join { $family }
family-join-text = { $by } invites you. Your role: { $role }.
family-join-button = Join
family-join-as = You are signed in as { $name }.
family-join-sign-in = Sign in to join
family-join-register = New here? Create an account
family-join-register-button = Create account and join
family-join-belongs = You belong to { $family } already
family-join-belongs-text = The link still works for whoever it was meant for.
family-join-ended-heading = This invitation no longer works
family-join-ended-text = It has been used, taken back, or is older than seven days. Ask whoever gave it to you for a new one.

learner-seen = Your parents can see everything you write here.
learner-home = Go to your journal
learner-door-heading = Hello! Who is there?
learner-door-name-hint = The name that your family uses here.
learner-door-words-hint = The words that you were given. Big or small letters make no difference.
learner-door-forgotten = Forgotten your words? Ask your parent for new ones.
learner-door-instead = { $name } is signed in on this device. When you sign in, they are signed out here.
learner-door-wait =
    { $seconds ->
        [one] Too many tries. Wait a second and try again
       *[other] Too many tries. Wait { $seconds } seconds and try again
    }
learner-words = Secret words
learner-sign-in-link = Let { $learner } sign in
learner-sign-in-heading = Let { $learner } sign in
learner-sign-in-text = Off unless you set words for them. They need no email and no account.
learner-sign-in-bounds = They see entries about themselves, never private ones, and can write new ones and add their own words. They change and delete only what they wrote themselves. They see no other child, no settings and no portfolio. Every page tells them that you can see everything.
learner-sign-in-void = Somebody has gone who could know the words of { $learner }. They stopped working: set new ones.
learner-set-heading = Write these words down
learner-set-text = { $learner } signs in with them. They are shown only now; you can set new ones at any time.
learner-address-heading = Where they sign in
learner-address-text = This address is your family’s own. Keep it like a door key. Words set { $since }.
learner-address-value = Address for signing in
learner-address-code = The same address as a code for a phone’s camera
learner-address-renew = Make a new address
learner-address-renew-text = The old address stops working for all your children. Whoever is signed in stays signed in.
learner-words-set = Set secret words
learner-words-renew = Set new words
learner-words-renew-text = The old words stop working, and { $learner } is signed out everywhere.
learner-words-hint = Take these four, or type your own: at least { $min } characters.
learner-words-button = Use these words
learner-words-others = Offer me others
learner-sign-in-end = Turn it off
learner-sign-in-end-text = { $learner } is signed out everywhere, and nothing of what they wrote is lost.
learner-back = Back to { $learner }
entry-voice-heading = What do you say about it?
entry-voice-words = Your words
entry-added-by = Added by

title-family = Family
title-family-remove = Remove somebody
title-family-leave = Leave the family
title-family-delete = Delete the family
title-family-log = What was done
title-family-join = Join a family
title-leaving = Leaving safely
title-learner-door = Sign in
title-learner-sign-in = A child’s sign-in
title-entry-voice = What you say

notice-family-saved = Saved.
notice-family-joined = Welcome to the family.
notice-family-left = You have left the family.
notice-family-deleted = The family and its record are gone.
notice-family-invitation-withdrawn = The invitation no longer works.
notice-role-changed = The role is changed.
notice-member-removed = Removed. They can no longer get in.
notice-carer-removed = Removed. They can no longer get in. What your children signed in with has stopped working: set new words on their pages.
notice-deletion-asked = The family will be deleted in 14 days, unless one of you stops it.
notice-deletion-withdrawn = The record stays.
notice-learner-sign-in-ended = { $learner } can no longer sign in.
notice-learner-address-renewed = Here is the new address. The old one no longer works.

error-role = Choose owner, carer or viewer
error-owner-stays = Nobody can remove or demote another owner. They can step down themselves
error-last-owner = A family needs an owner. Make somebody else an owner first
error-too-many-invitations =
    { $max ->
        [one] Take an invitation back first: 1 waits already
       *[other] Take an invitation back first: { $max } wait already
    }
error-family-name = Type the family’s name exactly as it is shown
error-unknown-zone = Enter a time zone such as Europe/London
error-words-short =
    { $min ->
        [one] Use at least 1 character
       *[other] Use { $min } characters or more. Four words are easy to remember
    }
error-learner-sign-in = That name and those words do not belong together. Try again, or ask your parent

problem-for-adults = This page is for your parents
problem-for-adults-text = You have done nothing wrong. Your own pages are all still there.
problem-no-family = You belong to no family at the moment
problem-no-family-text = Your account is there, but no record belongs to it.
problem-no-family-link = What you can do

leaving-link = Leaving safely: what to change, and in which order
leaving-heading = Leaving safely
leaving-intro = For anybody who parts from somebody they share this record with. Take your time; nothing here has to be done at once.
leaving-order = What to change, in this order
leaving-step-1 = Your email account first: its password, and its second factor. Whoever reads your email can often get into everything else. Use a device that nobody else uses.
leaving-step-2 = Then your HEC password, on the same device. Choose one that the other person could not guess.
leaving-step-3 = On your account page, end sessions on devices that are not yours, and revoke tokens and apps that you do not use.
leaving-step-4 = If you own the family: remove carers and viewers who should not see the record any more. It works at once. Another owner cannot be removed by you, nor you by them.
leaving-step-5 = Set new secret words for children who sign in. Removing a carer ends the old ones.
leaving-step-6 = Download portfolios of what matters to you, and keep them where only you get at them.
leaving-step-7 = If you would rather go yourself: leave the family on its page. You can begin a record of your own afterwards.
leaving-seen = What others can see
leaving-seen-1 = Owners see in the family’s log that somebody joined, was removed or left, and when. They never see which device or network you used, and not when you read something.
leaving-seen-2 = Your own account page and its log show to you alone.
leaving-seen-3 = Whoever runs this HEC could read everything on its machine. If that is the person you leave, do not write here what they should not know.
leaving-phone = What stays on a phone
leaving-phone-1 = Signing out removes the way in, not what was saved before: downloaded portfolios, photos in the gallery, pages in the browser’s history, codes that were photographed.
leaving-phone-2 = A shared phone or computer can be watched in other ways too. If you are not sure about a device, use another one.
leaving-record = Who keeps the record
leaving-record-1 = The record belongs to the family. Where two adults own it, neither can throw the other out, and deleting it takes 14 days, in which each of you can take a copy and each can stop it.
leaving-record-2 = What you agree about it beyond that is between you; a mediator or a solicitor can help.
leaving-help = If you are afraid of somebody
leaving-help-1 = In danger, call 999. Others to talk to, day and night:
leaving-help-line = National Domestic Abuse Helpline, 0808 2000 247
leaving-help-men = Men’s Advice Line, 0808 801 0327
