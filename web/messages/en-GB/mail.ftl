# Messages by mail, the pages about them, and changing name and email.

mail-foot = HEC at { $origin } sent this by itself. Nobody reads answers to it.

mail-test-subject = A test message from HEC
mail-test-text =
    Somebody who looks after the HEC at { $origin } asked for this message, to see whether mail arrives. It does.

mail-invitation-subject = You are invited to HEC
mail-invitation-text =
    Whoever looks after the HEC at { $origin } invites you to keep a private record of your family’s home education there. This link makes an account, or begins a record with the account that you have there. It works once, within seven days:

    { $link }

    If you do not know who that could be, do nothing.

mail-family-invitation-subject = You are invited to a family’s record
mail-family-invitation-text =
    A family that keeps its record on the HEC at { $origin } invites you to it. This link lets you in. It works once, within seven days:

    { $link }

    If you do not know who that could be, do nothing.

mail-reset-subject = A new password for HEC
mail-reset-text =
    Somebody asked for a new password for your account on HEC. If that was you, choose one here. The link works once, within a day:

    { $link }

    If it was not you, do nothing: your password stays as it is.

mail-confirm-subject = Is this your email address?
mail-confirm-text =
    Somebody gave this address for their account on HEC. If that was you, open this link while you are signed in, and confirm it there. It works within a day:

    { $link }

    If it was not you, do nothing.

mail-taken-subject = You have an account on HEC already
mail-taken-text =
    Somebody who is signed in to another account on the HEC at { $origin } wanted to use this address for it. It has an account of its own already, so nothing was changed.

    If that was you, sign in with this address. If you do not know the password of its account, ask for a new one:

    { $link }

    If it was not you, do nothing.

mail-taken-unproved-text =
    Somebody who is signed in to another account on the HEC at { $origin } wanted to use this address for it. It has an account of its own already, so nothing was changed.

    If that was you, sign in with this address:

    { $link }

    The address is not confirmed there yet, so HEC sends no link for a new password to it. If you do not know the password, ask whoever looks after this HEC.

    If it was not you, do nothing.

mail-password-changed-subject = Your HEC password was changed
mail-password-changed-text =
    The password of your account was changed on { $when } (UTC). Every other device is signed out. Passkeys let somebody in as before, unless they were removed with it: look at the list.

    If that was not you: ask whoever looks after this HEC for a link for a new password, and make sure that nobody else reads your email.

    What was done with your account: { $link }

mail-new-device-subject = A new device signed in to HEC
mail-new-device-text =
    Somebody signed in to your account on { $when } (UTC), on a device that HEC did not know: { $device }.

    If that was not you: sign that device out, and change your password. Leave the tick there that removes your passkeys too: one that somebody else added would let them in without the password. All of it is here:

    { $link }

mail-factor-off-subject = Your second factor was turned off
mail-factor-off-text =
    The second factor of your account was turned off on { $when } (UTC). The password alone lets somebody in now.

    If that was not you: change your password, and set the second factor up again. Both are here:

    { $link }

mail-factor-added-subject = Your HEC account has another way in
mail-factor-added-text =
    This was added to your account on { $when } (UTC): { $added }.

    If that was not you: change your password, and leave the tick there that removes your passkeys too. If it is an app that is not yours, ask whoever looks after this HEC to turn it off. What was done with your account, and its passkeys, are here:

    { $link }

mail-added-passkey = a passkey, which lets somebody in without the password
mail-added-app = an app that makes codes, which HEC asks for beside the password

mail-email-changed-subject = Your HEC email was changed
mail-email-changed-text =
    Your account has another email since { $when } (UTC). This address no longer signs in, and no more messages about the account come to it.

    If that was not you: ask whoever looks after this HEC at once for a link for a new password; they find your account by its name. Make sure that nobody else reads your email.

    How to keep others out: { $link }

mail-backups-bad-subject = Something is wrong with the backups of HEC
mail-backups-bad-text =
    You look after the HEC at { $origin }. Its backups need you:

    { $troubles }

    The record itself goes on as ever. What to do stands here, and “hec doctor” says it on the machine:

    { $link }

    This message comes once a day until all is well.

mail-backups-file = The file that says where they go cannot be used.
mail-backups-late = No good backup was made of late, at one place at least.
mail-backups-damaged = What lies at one place is not what was written there.
mail-backups-unread = At one place no backup was read back whole for a month.
mail-backups-smaller = The last one is much smaller than the one before.
mail-backups-behind = An older copy of the record has taken its place.

mail-backups-well-subject = The backups of HEC are well again
mail-backups-well-text =
    You look after the HEC at { $origin }. Its backups are made and read back again.

    { $link }

mail-kind-test = Test message
mail-kind-invitation = Invitation
mail-kind-family-invitation = Invitation to a family
mail-kind-reset = Link for a new password
mail-kind-confirm = Link to confirm an address
mail-kind-taken = Notice: the address has an account already
mail-kind-password-changed = Notice: password changed
mail-kind-new-device = Notice: new device
mail-kind-factor-off = Notice: second factor turned off
mail-kind-factor-added = Notice: passkey or app of codes added
mail-kind-email-changed = Notice: email changed
mail-kind-backups-bad = Notice to operators: backups need them
mail-kind-backups-well = Notice to operators: backups are well again
mail-state-queued = Waiting
mail-state-sent = Sent
mail-state-failed = Given up
mail-why-not-set-up = Mail is not set up
mail-why-unreachable = The mail server did not answer
mail-why-tls = The mail server could not prove who it is, or offers no TLS
mail-why-file = The password’s file, or the file of whom to trust, could not be read
mail-why-sign-in = The mail server did not take user and password
mail-why-later-code = The mail server said “not now” ({ $code })
mail-why-refused-code = The mail server refused it ({ $code })
mail-why-address = This mail server cannot write to such an address
mail-why-odd = The mail server answered something that makes no sense
mail-why-withdrawn = It was not needed any more

title-admin-mail = Mail
admin-mail = Mail
admin-mail-text = Links for new passwords, invitations and notices can go by mail, where it is set up. Nothing needs it.
admin-mail-link = See what was sent
admin-mail-server = Messages go through { $server } and come from { $sender }. “hec doctor” tries the way.
admin-mail-test = Send me a test message
admin-mail-none = Mail is not set up. Links are handed over in person, as text or as a picture. The README tells how to set it up.
admin-mail-messages = The last messages
admin-mail-private = Whom they went to is not shown.
admin-mail-tries = { $count ->
    [one] Tried once: { $why }.
   *[other] Tried { $count } times: { $why }.
 }
admin-mail-next = The next try is on { $when }.
admin-mail-no-messages = Nothing was sent in the last 30 days.
notice-mail-queued = Your test message is on its way. Look at your mail in a moment, and here if it does not come.
notice-mail-too-much = Enough messages were sent for now. Try again later, or tomorrow.

invitation-email = Send it to this address
invitation-email-hint = If you leave this empty, hand the link over yourself.
invitation-sent = A message with the link is on its way, too.

title-account-details = Your name
title-account-email = Your email
account-name-change = Change your name
account-email-change = Change your email
account-email-verified = (confirmed)
account-email-unverified = (not confirmed yet)
email-now = You sign in with { $email }.
email-verified = You confirmed it on { $since }.
email-unverified = It is not confirmed yet, so HEC sends no notices and no link for a new password to it.
email-check = Send me a message to confirm it
email-waiting-heading = One step is left
email-waiting = We sent a message to { $email }. Open the link in it on a device on which you are signed in. It works until { $ends }; until then everything stays as it is.
email-again = Send it again
email-cancel = Cancel
email-new = New email
email-new-hint = It holds at once, so check it twice: you sign in with it.
email-new-hint-mail = We send a link to it. The old address holds until you have opened that.
email-change-button = Change email
email-confirm-heading = Is this your address?
email-confirm-text = From now on your account has the email { $email }, and you sign in with it.
email-confirm-button = Yes, use it
email-link-ended-heading = This link does not work
email-link-ended-text = It is older than a day, was used or replaced already, or belongs to another account. Sign in to the account that asked for it, or have another one sent.
error-email-same = That is your email already
error-email-is-password = That is your password. Choose another password first
error-mail-too-much = Enough messages were sent for now. Try again later, or tomorrow
notice-name-changed = Your name is changed.
notice-email-changed = Your email is changed. Sign in with the new one from now on.
notice-email-asked = We sent a message with a link.
notice-email-cancelled = Cancelled. Your email stays as it was.
notice-email-proved = Your email is confirmed.

title-forgotten = Forgotten your password?
sign-in-forgotten-link = Forgotten your password?
forgotten-text = Type the email that you sign in with. If an account here has it, and it was confirmed, we send a link for a new password to it.
forgotten-button = Send me a link
forgotten-ask = Without an email that was confirmed, ask whoever runs this HEC: they can hand you a link for a new password.
notice-reset-asked = If an account here has that email, and it was confirmed, a message with a link is on its way. If none comes within a few minutes, look among unwanted mail, then ask whoever runs this HEC.


help-mail = Your email, and messages from HEC
help-mail-1 = You can change your name and your email on your account page. HEC never needs to send you anything: whoever runs it can always hand you a link.
help-mail-2 = Where mail is set up and you have confirmed your address, HEC can send you a link for a new password, and tells you when your password or email is changed, a new device signs in or your second factor is turned off. These few messages cannot be switched off.

act-reset-mailed = A link for a new password was sent to your email
act-name-changed = Name changed
act-email-proved = Email confirmed
