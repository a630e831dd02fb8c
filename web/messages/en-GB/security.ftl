# Signing in again, devices, the second factor, the security log.

title-sign-in-again = Is it you?
title-sign-in-code = Your code
title-admin-open = Looking after HEC
title-security = Safety of your account
title-password = Change your password
title-factor = Second factor
title-factor-off = Turn the second factor off
title-recovery-codes = Recovery codes
title-passkey = Add a passkey

again-heading = Is it you?
again-text = Please type your password again.
again-text-coded = Please type your password and a code from your app again.
again-text-passkey = Please use your passkey, or type your password again with one of your recovery codes.
again-text-recovery = Please type your password again with one of your recovery codes.
again-then = Then you go on where you were.
again-then-form = Then you are back on the page that you were on. Nothing was done there yet, so fill in its form or press its button once more.
again-button = Go on
again-why = HEC asks before anything that could let somebody else in, so that nobody who finds this device open can do it.
admin-open-heading = Looking after HEC
admin-open-text = These pages concern everybody who uses this HEC. Please prove again that it is you. They stay open for 15 minutes.
admin-open-why = Your own record stays open as before.

sign-in-code-heading = Your code
sign-in-code-heading-passkey = One more step
sign-in-code-text = Open the app on your phone that makes codes for HEC, and type the six digits that it shows now.
sign-in-code-text-passkey = Your password was right. Now use your passkey, or type one of your recovery codes.
sign-in-code-text-recovery = Your password was right. Now type one of your recovery codes.
sign-in-code-lost = No phone and no recovery codes? Ask whoever runs this HEC.
code-label = Code from your app
code-hint = Six digits. Each code works once.
recovery-label = Recovery code
recovery-hint = One of the ten that you printed or wrote down. Each works once.
recovery-instead = No phone at hand?

error-password-wrong = That is not the password of this account. Check it and try again
error-code-wrong = That code does not fit, or it has been used already. Wait for the next one and try again
error-recovery-code = Check what you typed. If it is right, that code was used before: each works once, so take another one from your paper
error-wait-seconds = Too many tries. Wait { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
 }, then try again
error-wait-minutes = Too many tries. Wait { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
 }, then try again

notice-recovery-used = That recovery code is gone now: cross it out. { $left ->
    [0] None are left: make new ones on the page “Safety of your account”.
    [one] One is left.
   *[other] { $left } are left.
 }
notice-sign-in-again = That took too long, or there were too many wrong codes. Please sign in again.
notice-confirmed = Thank you. Nothing was done yet: now do once more what you were about to do.
notice-password-changed = Password changed. Every other device is signed out, and apps and scripts have to be let in anew.
notice-device-signed-out = That device is signed out.
notice-devices-signed-out = Every other device is signed out.
notice-factor-removed = HEC no longer asks for a code from your app.
notice-passkey-added = Passkey added. From now on HEC asks for a passkey, or for your password with a code of your app or a recovery code.
notice-passkey-renamed = The passkey has its new name.
notice-passkey-removed = Passkey removed. You may delete it on your device as well.
notice-password-longer-first = Your password has fewer than 15 characters. That is enough beside a second factor, and not without one: please choose a longer one first.

account-security = Password, devices and second factor

password-hint-beside = At least { $min } characters, or { $beside } with an app that makes codes (below). Three or four words that have nothing to do with each other are strong and easy to remember.
beside-heading = Use an app that makes codes as well
beside-note = then { $min } characters are enough
beside-text = HEC then asks for a code from your phone whenever you sign in, so a password of { $min } characters is enough. You can also do this later.
beside-hint = Six digits. Leave it empty if you do not want this now.
beside-label = your account
error-factor-meanwhile = A second factor was set up while this page was open. It stays: choose a password again
error-code-app-late = That picture is too old, or it was used. Point your app at the new one and type its code
error-password-longer-first = Fewer than 15 characters are enough beside a second factor only. Choose a longer password first

security-heading = Safety of your account
password-change = Change your password
password-change-text = Every other device is signed out when you change it. This one stays signed in.
password-passkeys = { $count ->
    [one] Remove my passkey too
   *[other] Remove my { $count } passkeys too
 }
password-passkeys-hint = A passkey signs in without the password, also after you change it. Take the tick away only if you know every one on the list.
password-passkeys-operator = You look after this HEC. Without passkeys its pages stay closed until you set a second factor up again.
password-codes = Make new recovery codes too
password-codes-hint = If somebody else may have seen the old ones: these stop working, and ten new ones are shown next.
password-change-button = Change password
password-new = New password

factor-heading = App that makes codes
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
factor-off-text-passkeys = Then HEC asks for your password and a passkey or a recovery code. Your passkeys and recovery codes stay as they are.
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

passkey = Passkey
passkeys-heading = Passkeys
passkeys-intro = A passkey signs you in with the finger, face or PIN of your phone or computer, without a password. Nobody can guess it or talk you out of it.
passkeys-alone = Once you have one, your password alone no longer signs you in: HEC asks for a passkey, or for your password with a recovery code. Ten recovery codes come with your first passkey, for the day when the device is lost or this HEC gets another name.
passkeys-alone-on = Your password alone does not sign you in: HEC asks for a passkey, or for your password with a recovery code.
passkeys-alone-app = Your password alone does not sign you in: HEC asks for a passkey, or for your password with a code from your app or a recovery code.
passkeys-elsewhere = Passkeys belong to one name. To add or use one, open HEC at { $name }.
passkeys-port = Passkeys do not work here yet: this page came by port { $port }, and nothing says that it is HEC’s. Whoever runs this HEC can mend that with the line public_port = { $port } in its settings.
passkeys-nowhere = There are no passkeys here: browsers offer them only where HEC has a name of its own and encrypts (a setting of whoever runs it). At an address made of numbers there are none.
passkey-made = Added { $when }.
passkey-used = Last used { $when }.
passkey-unused = Not used yet.
passkey-backed-up = Kept by your password manager or account, so it is on your other devices too.
passkey-lost = Made for { $name }, which this HEC is no longer called. It does not work any more: remove it and add a new one.
passkey-remove = Remove
passkey-rename = Rename
passkey-add = Add a passkey
passkey-add-text = Your browser asks where to keep it: on this device, in your password manager, on a phone or on a security key. It then asks for the finger, face or PIN that unlocks that place.
passkey-add-beside = Add one on each device of your own that does not share its passkeys with the others. Do not make one on a device that others can unlock.
passkey-add-alone = From then on your password alone no longer signs you in: HEC asks for a passkey, or for your password with a recovery code. Ten recovery codes are shown next. Have a printer, or pen and paper ready.
passkey-add-codes = { $count ->
    [0] You have no recovery codes left.
    [one] You have one recovery code left.
   *[other] You have { $count } recovery codes left.
 } If you do not know where they are, make new ones:
passkey-add-codes-link = Recovery codes
passkey-name = What to call it
passkey-name-hint = So that you know it again in the list: “My phone”. At most { $max } characters.
passkey-make = Add a passkey
passkey-no-script = This browser cannot make passkeys, or scripts are off.
passkey-sign-in = Sign in with a passkey
passkey-use = Use a passkey
passkey-use-instead = Use a passkey instead
passkey-wait = Too many tries. Wait a minute, then try again.
passkey-failed = Nothing came of it. Try again, or go on without a passkey.
passkey-failed-add = No passkey was made. Try again, or choose another place for it. One device keeps one passkey for your account.
error-passkey-late = That took too long. Try again
error-passkey-wrong = That passkey does not belong here, or it was removed. Try another, or go on without one
error-passkey-copied = That passkey was refused: it may have been copied. Remove it from your account, and add a new one
error-passkey-known = That passkey is in use already. Choose another device
error-passkeys-many = An account has at most { $max } passkeys. Remove one first

recovery-heading = Your recovery codes
recovery-text = For the day when your phone is lost. Print them or write them down now: they are shown only this once.
recovery-for = Recovery codes for { $name }, { $date }
recovery-use = When HEC asks for a code or a passkey beside your password, type one of these (“No phone at hand?”). Each works once.
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
log-roles = from { $before } to { $after }

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
act-passkey-added = Passkey added
act-passkey-removed = Passkey removed
act-passkey-renamed = Passkey renamed
act-passkey-signed-in = Signed in with a passkey
act-family-begun = Began a record of one’s own
act-family-brought-back = A family was brought back from a backup
act-passkey-copied = A passkey was refused, since it may have been copied
act-exported = A portfolio was downloaded
act-confirm-failed = Somebody who was signed in gave a wrong password or code
act-app-approved = App approved for everybody
act-app-removed = App removed, with all that it was given
act-allowance-changed = Allowance changed of family
act-account-made = Account made for somebody
act-account-deleted = Account deleted
act-operator-added = Let an account look after this HEC
act-operator-removed = Account looks after this HEC no longer
own-operator-added = Whoever runs this HEC let your account look after it
own-operator-removed = Your account no longer looks after this HEC
own-member-removed = You were removed from the family
own-role-changed = Your role was changed in the family
act-backup-begun = Backup begun by hand
act-backups-pruned = Old backups removed by hand
act-key-added = Something more opens the record
act-key-removed = Something less opens the record
act-key-rotated = Everything put under a new key
act-restored = Record brought back from a backup
act-instance-named = HEC given another name
act-setup-link-made = Set-up link made
act-support-fetched = Support file fetched
act-mail-tried = Test message sent
act-settings-changed = Started with other settings

title-reset = Choose a password
reset-heading = Choose a password
reset-text = For the account { $email }. Every device that is signed in with the old one is signed out.
reset-passkeys-hint = A passkey signs in without the password, also after you change it. Without passkeys HEC asks for one of your recovery codes when you sign in: take the tick away if you have none of these and know every passkey.
reset-passkeys-stay = Your passkeys go on signing in: nothing else would stand beside the password, since there is no app and no recovery code. If one of them is not yours, ask whoever runs this HEC to turn the second factor off.
reset-button = Save the password
reset-expired-heading = This link no longer works
reset-expired-text = It has been used already, or it is older than a day. Ask whoever runs this HEC for a new one.
notice-password-set = Password saved. Sign in with it now.

help-safety = Keeping others out
help-safety-1 = “Password, devices and second factor” on your account page shows where you are signed in, and what was done with your account in the last year. Sign out what you do not know, and change your password: every other device is signed out with it, and your passkeys are removed where you leave that ticked. A passkey that is not yours would let somebody in without the password. If somebody may have read your recovery codes, tick that new ones are made.
help-safety-2 = A second factor is a code from an app on your phone, beside your password. Set it up by pointing the app at a picture, and keep the ten recovery codes on paper: each lets you in once, without the phone.
help-safety-5 = A passkey lets you in without a password: the phone or computer asks for your finger, face or PIN. From then on the password alone signs you in no longer: it takes the passkey, or the password with a code from your app or a recovery code. A passkey works at one name of this HEC only, so keep your password and recovery codes for other places. Make none on a device that others can unlock.
help-safety-3 = HEC asks for your password again before anything that could let somebody else in. Too many wrong tries have to wait for a while; a device on which you have signed in before does not wait for what others tried.
help-safety-4 = Whoever runs this HEC can hand you a link for a new password, or turn a lost second factor off. Your list of what happened tells of both.
