# Signing in again, devices, the second factor, the security log.

title-sign-in-again = Is it you?
title-sign-in-code = Your code
title-admin-open = Looking after HEC
title-security = Safety of your account
title-password = Change your password
title-factor = Second factor
title-factor-off = Turn the second factor off
title-recovery-codes = Recovery codes

again-heading = Is it you?
again-text = Please type your password again. Then you go on where you were.
again-text-coded = Please type your password and a code from your app again. Then you go on where you were.
again-button = Go on
again-why = HEC asks before anything that could let somebody else in, so that nobody who finds this device open can do it.
admin-open-heading = Looking after HEC
admin-open-text = These pages concern everybody who uses this HEC. Please type your password and a code from your app. They stay open for 15 minutes.
admin-open-why = Your own record stays open as before.

sign-in-code-heading = Your code
sign-in-code-text = Open the app on your phone that makes codes for HEC, and type the six digits that it shows now.
sign-in-code-lost = No phone and no recovery codes? Ask whoever runs this HEC.
code-label = Code from your app
code-hint = Six digits. Each code works once.
recovery-label = Recovery code
recovery-hint = One of the ten that you printed or wrote down. Each works once.
recovery-instead = No phone at hand?

error-password-wrong = That is not the password of this account. Check it and try again
error-code-wrong = That code does not fit, or it has been used already. Wait for the next one and try again
error-wait-seconds = Too many tries. Wait { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
 }, then try again
error-wait-minutes = Too many tries. Wait { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
 }, then try again

notice-sign-in-again = That took too long, or there were too many wrong codes. Please sign in again.
notice-confirmed = Thank you. Now do once more what you were about to do.
notice-password-changed = Password changed. Every other device is signed out, and apps and scripts have to be let in anew.
notice-device-signed-out = That device is signed out.
notice-devices-signed-out = Every other device is signed out.
notice-factor-removed = The second factor is off. Your password alone lets you in.

account-security = Password, devices and second factor

security-heading = Safety of your account
password-change = Change your password
password-change-text = Every other device is signed out when you change it. This one stays signed in.
password-change-button = Change password
password-new = New password

factor-heading = Second factor
factor-intro = A code from an app on your phone, beside your password. Whoever learns your password still can’t get in. It is worth it where other people can reach this HEC.
factor-set-up = Set up a second factor
factor-on = On since { $since }: HEC asks for a code from your app when you sign in.
factor-codes-left = { $count ->
    [0] No recovery codes are left. Make new ones now.
    [one] One recovery code is left. Make new ones soon.
   *[other] { $count } recovery codes are left.
 }
factor-new-codes = Make new recovery codes
factor-replace = Use another app or phone
factor-off = Turn the second factor off
factor-off-text = Then your password alone lets somebody in. Your recovery codes stop working.
factor-off-operator = You look after this HEC. Without a second factor its pages stay closed until you set one up again.
factor-off-button = Turn it off
factor-off-keep = Keep it on
factor-needed = You look after this HEC. Its pages open with your password and a code from an app, so set that up first. It takes two minutes.
factor-replaces = The app that you use now works until you have confirmed the new one.
factor-step-app = Install an app that makes one-time codes, if your phone has none. Any will do.
factor-step-scan = Point it at this picture, or type the letters and digits below it.
factor-step-code = Type the code that it shows.
factor-picture = Picture for the camera of your app. It holds the same as the letters and digits that follow.
factor-secret = If the camera is no help, type this into the app:
factor-confirm = Turn it on

recovery-heading = Your recovery codes
recovery-text = For the day when your phone is lost. Print them or write them down now: they are shown only this once.
recovery-for = Recovery codes for { $name }, { $date }
recovery-use = When HEC asks for a code, choose “No phone at hand?” and type one of these. Each works once.
recovery-print = Print this page
recovery-kept = I have them on paper

devices-heading = Where you are signed in
devices-intro = If you do not know one of these, sign it out and change your password.
devices-end = Sign out everywhere else
devices-tokens = Apps and scripts with a token are not in this list.
devices-tokens-link = See your apps and scripts
device-unknown = Unknown browser
device-here = This device
device-first = Signed in { $when }
device-network = from { $network }.
device-last = Last used { $when }.
device-end = Sign out there

announced-text = If you did not ask for this, ask them why, and change your password.

log-heading = What happened
log-intro = What was done with your account in the last year. Only you see it. If something here was not you, change your password.
log-empty = Nothing yet.
log-older = Older
log-newest = Back to the newest
log-by = by { $name }
log-from = from { $network }

security-no-family = You belong to no family at the moment.

act-signed-in = Signed in
act-sign-in-failed = Somebody tried to sign in, and could not
act-signed-out = Signed out
act-signed-out-elsewhere = Signed out another device
act-password-changed = Password changed
act-email-changed = Email changed
act-factor-added = Second factor set up
act-factor-removed = Second factor turned off
act-recovery-codes-made = New recovery codes made
act-recovery-code-used = A recovery code was used
act-token-made = Token made
act-token-revoked = Token revoked
act-app-allowed = App allowed in
act-app-revoked = App shut out
act-app-registered = App registered
act-app-replayed = An app’s secret was used twice, so the app was shut out
act-invited = Invited somebody
act-invitation-withdrawn = Invitation withdrawn
act-joined = Joined the family
act-role-changed = Role changed
act-member-removed = Removed from the family
act-left = Left the family
act-deletion-asked = Asked for the family to be deleted
act-deletion-withdrawn = Deletion of the family withdrawn
act-learner-sign-in-set = Child’s sign-in set up or changed
act-learner-sign-in-ended = Child’s sign-in ended
act-learner-signed-in = A child signed in
act-learner-sign-in-failed = Somebody tried to sign in as a child, and could not
act-operator-reset = Whoever runs this HEC made a link for a new password
act-operator-factor-removed = Whoever runs this HEC turned the second factor off
act-operator-opened = Opened the pages for looking after HEC
act-registered = Account made
act-exported = A portfolio was downloaded
act-confirm-failed = Somebody who was signed in gave a wrong password or code
act-app-approved = App approved for everybody
act-app-removed = App removed, with all that it was given

title-reset = Choose a password
reset-heading = Choose a password
reset-text = For the account { $email }. Every device that is signed in with the old one is signed out.
reset-button = Save the password
reset-expired-heading = This link no longer works
reset-expired-text = It has been used already, or it is older than a day. Ask whoever runs this HEC for a new one.
notice-password-set = Password saved. Sign in with it now.

help-safety = Keeping others out
help-safety-1 = “Password, devices and second factor” on your account page shows where you are signed in, and what was done with your account in the last year. Sign out what you do not know, and change your password: every other device is signed out with it.
help-safety-2 = A second factor is a code from an app on your phone, beside your password. Set it up by pointing the app at a picture, and keep the ten recovery codes on paper: each lets you in once, without the phone.
help-safety-3 = HEC asks for your password again before anything that could let somebody else in. Too many wrong tries have to wait for a while; a device on which you have signed in before does not wait for what others tried.
help-safety-4 = Whoever runs this HEC can hand you a link for a new password, or turn a lost second factor off. Your list of what happened tells of both.
